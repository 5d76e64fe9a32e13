"""Names and kinds of the items of each AST class: what neither cards nor text say of themselves.

Text does not tell an int from a double (``Epoch = 1958``); cards fold the case of names and cut them at six
characters. In a name ``#`` stands for a number; ``:I`` and ``:D`` mark ints and doubles; strings, objects and
values whose type another item tells have no mark. Seen in dumps of AST 9.5.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pytest_fitsproc.fitschan.native.suffixes import BASE_SIZE

ITEMS = {
    "Axis": "Label Symbol Unit Digits:I Format Dirn:I Top:D Bottom:D",
    "Channel": "Indnt:I RpLev:I Skip:I Strict:I Full:I Comm:I",
    "ChebyMap": "FOFF#:D FSCL#:D IOFF#:D ISCL#:D",
    "CmpFrame": "FrameA FrameB Axp#:I",
    "CmpMap": "MapA MapB Series:I InvA:I InvB:I",
    "CmpRegion": "Operator:I RegionA RegionB",
    "DSBSpecFrame": "DSBCen:D IF:D SideBn AlSdBn:I",
    "DssMap": "AMDX#:D AMDY#:D CNPix#:D PPO#:D PltDec:D PltRA:D PltScl:D XPixSz:D YPixSz:D",
    "FitsChan": (
        "Card:I Encod FitsDg:I Nm# Ty# Dt# Dr# Di# Cm# FAxOrd FitsRn:I AltAx DfB#:I TabOK:I FrcTab:I "
        "IgBdAl:I CdMat:I CarLin:I SipReplace:I FitsTol:D Iwc:I Warn PolyTan:I SipOK:I Clean:I"
    ),
    "FluxFrame": "SpcFr DfSpc:D SpcVl:D",
    "Frame": (
        "Naxes:I Ax# Title Lbl# Domain Epoch:D Sym# System AlSys Uni# Dig#:I Digits:I Fmt# Dir#:I "
        "Bot#:D Top#:D Presrv:I Permut:I MinAx:I MaxAx:I MchEnd:I ObsLat:D ObsLon:D ObsAlt:D Dtai:D "
        "Dut#:D Prm#:I ActUnt:I"
    ),
    "FrameSet": "Nframe:I Currnt:I Lnk#:I Frm# Map# Base:I Nnode:I Nod#:I VFr#:I Inv#:I",
    "GrismMap": "GrmNR:D GrmM:D GrmNRP:D GrmWR:D GrmAlp:D GrmG:D GrmEps:D GrmTh:D",
    "KeyMap": "KyCas:I MapSz:I MemCnt:I Key# Typ#:I Nel#:I V#_# SzGss:I SortBy KyErr:I MpLck:I Val#:I",
    "LutMap": "Nlut:I Start:D LutInt:I L#:D Incr:D",
    "Mapping": "Nin:I Nout:I IsSimp:I ReSimp:I AlSimp:I Invert:I Fwd:I Inv:I Report:I",
    "MathMap": "Fwd# Inv# Seeded:I Seed:I Nfwd:I Ninv:I SimpFI:I SimpIF:I",
    "MatrixMap": "M#:D IM#:D Form",
    "Moc": "MaxOrder:I MinOrder:I NRange:I I#:I K#:I",
    "NormMap": "Frame",
    "Object": "ID Ident UseDfs:I RefCnt:I Nobj:I",
    "PcdMap": "PcdCn#:D Disco:D",
    "PermMap": "Out#:I In#:I Nconst:I Con#:D pmsplt:I OutCpy:I InCpy:I",
    "PointSet": "Npoint:I Ncoord:I X#:D Empty:I",
    "PolyMap": "MPF#:I NCF#:I CF#:D PF#:D IterInv:I NiterInv:I TolInv:D MPI#:I NCI#:I CI#:D PI#:D",
    "Polygon": "Order:I SimpVT:I",
    "Prism": "RegionA RegionB",
    "RateMap": "IIn:I Map IOut:I Inv:I",
    "Region": "Adapt:I Frm Points Negate:I Fill:D MeshSz:I Closed:I RegFS:I RegAxes:I Unc",
    "SelectorMap": "Reg# BadVal:D",
    "ShiftMap": "Sft#:D",
    "SkyAxis": "Format IsLat:I CnZer:I AsTime:I",
    "SkyFrame": "SkyTol:D Proj NegLon:I Eqnox:D SRefIs SRef#:D SRefP#:D AlOff:I System Epoch:D",
    "SlaMap": "Nsla:I Sla# Sla#a:D Sla#b:D Sla#c:D Sla#d:D",
    "SpecFrame": (
        "SoR RefRA:D RefDec:D RstFrq:D AlSoR SrcVel:D SrcVRF SrcSys AlSpOf:I SpOrg:D UFreq UEner UWavn "
        "UWave UAwav UVrad UVopt UZopt UVelo UBeta"
    ),
    "SpecMap": "Nspec:I Spec# Spec#a:D Spec#b:D Spec#c:D Spec#d:D Spec#e:D Spec#f:D Spec#g:D",
    "SphMap": "UntRd:I PlrLg:D",
    "SplineMap": "KX:I KY:I NX:I NY:I TX#:D TY#:D CU#:D CV#:D NiterInv:I OutUnit:I TolInv:D",
    "StcsChan": "StcsArea:I StcsCoords:I StcsProps:I StcsLen:I",
    "SwitchMap": "FSInv:I ISInv:I RInv#:I FSMap ISMap RMap#",
    "Table": "Nrow:I Columns Params",
    "TimeFrame": "TmScl TmOrg:D ATmScl LTOff:D",
    "TimeMap": "Ntime:I Time# Time#a:D Time#b:D Time#c:D Time#d:D Time#e:D Time#f:D Time#g:D",
    "TranMap": "MapA MapB InvA:I InvB:I",
    "UnitNormMap": "Ctr#:D",
    "WcsMap": "Type FitsPrj:I LonChk:I TpnTan:I WcsAx#:I PV#_#:D",
    "WinMap": "Sft#:D Scl#:D",
    "XphMap": "Order:I",
    "YamlChan": "YamlEnc VerboseRead:I PreserveName:I",
    "ZoomMap": "Zoom:D",
}

_NUMBER = re.compile(r"[0-9]+")


@lru_cache(maxsize=1)
def _known() -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    """Return patterns and marks of items by class and lower-case pattern, in full and as cards cut it."""
    known: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
    for class_name, words in ITEMS.items():
        for word in words.split():
            pattern, _, mark = word.partition(":")
            for name in {pattern.lower(), pattern.lower()[:BASE_SIZE]}:
                known[class_name, name] = (*known.get((class_name, name), ()), (pattern, mark))
    return known


@lru_cache(maxsize=8192)
def known_items(class_name: str, name: str) -> tuple[tuple[str, str], ...]:
    """Return what an item can be: its name as AST spells it and its mark, I, D or nothing.

    Mostly one thing (``maxord`` is ``MaxOrder``); where cards do not tell two apart (``region``) they are in
    the order in which AST writes them.
    """
    numbers = _NUMBER.findall(name)
    candidates = _known().get(_key(class_name, name), ((name, ""),))
    return tuple((_numbered(pattern, numbers), mark) for pattern, mark in candidates)


def _numbered(pattern: str, numbers: list[str]) -> str:
    remaining = iter(numbers)
    return re.sub("#", lambda _: next(remaining), pattern)


def is_known_item(class_name: str, name: str) -> bool:
    """Return whether a class has an item of a name, in full or as cards cut it, in either case."""
    return _key(class_name, name) in _known()


def _key(class_name: str, name: str) -> tuple[str, str]:
    return class_name, _NUMBER.sub("#", name).lower()
