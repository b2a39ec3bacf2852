"""What the steps of an assessment share: conditions, reliefs, currency, rates, reasons and their wording."""
