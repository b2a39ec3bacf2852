"""The match: order, payment voucher and waybill against each other and against the import list, rule by rule. Pure."""
