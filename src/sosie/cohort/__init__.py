"""From a clinical table to one canonical record a patient, each cell saying where it is from.

mapping (how to read) -> table (what it says) -> select (who) -> record (what each is) -> records
"""
