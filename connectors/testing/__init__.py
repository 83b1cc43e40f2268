"""The conformance kit of connectors, for those of the hub and those of others (`harvest.md` §19).

from connectors.testing.report import check, table
print(table(my_connector, check(my_connector, MySimulatedPlatform)))
"""
