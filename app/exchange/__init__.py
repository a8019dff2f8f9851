"""Copies of sessions in the formats of others: FHIR, EDF+, WFDB, ``.vital``, and de-identified."""
