"""Payloads as they came, and their receipts: enough to build the warehouse anew."""
