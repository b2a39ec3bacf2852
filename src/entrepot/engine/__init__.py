"""The assessment of one sale: a pure function of the sale, the law and the day."""
