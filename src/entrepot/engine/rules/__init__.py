"""What the steps of an assessment share: conditions, reliefs, currency, the arithmetic of a rate, reasons and their wording."""
