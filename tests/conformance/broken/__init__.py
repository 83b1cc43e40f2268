"""The sample connector, broken in one way in each file: the kit must catch each by the rule it breaks, and no other."""
