"""xAPI 2.0 (IEEE 9274.1.1): statements of what learners did."""
