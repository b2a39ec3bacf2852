"""Courses of sellers, enrolments of learners, and badges. What is taught is stored apart: the ledger has its hash."""
