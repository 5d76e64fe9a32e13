"""Say at the end which exposure is the longest; see test_exposures.py."""


def pytest_fitsproc_summary(rows, config):
    exposures = [row for row in rows if "exposure" in row]
    if exposures:
        longest = max(exposures, key=lambda row: row["exposure"])
        print(f"\nlongest exposure: {longest['exposure']} s, {longest['file']}")
