"""Shares outstanding and net asset value, as the issuers of funds publish them day by day."""
