"""Make previews of published products; those that DaCHS makes when they are asked for have the same one.

Put this file into the directory bin beside your resource descriptor, where the data element has the property
previewDir and //products#define binds preview; then

    pytest --fitsproc=potsdam/q/import --fitsproc-db=postgresql://gavo@localhost/gavo --fitsproc-write

goes through DaCHS' table of products instead of the files on disk. Without --fitsproc-db there is a table
made from the descriptor, in which rows that its code would add are not known.
"""

from pytest_fitsproc import identifiers, preview_maker


@identifiers
def real_products(dd, products):
    table = dd.makes[0].table.qualified_name()
    query = "select accref from dc.products where sourceTable = %(table)s and accessPath not like 'dcc:%%'"
    for row in products.query(f"{query} order by accref", {"table": table}):
        yield row["accref"]


@preview_maker
def preview(source):
    return source
