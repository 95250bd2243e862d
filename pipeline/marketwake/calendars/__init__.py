"""Sessions, expiries and settlements: the one place where local time lives. Others see UTC."""
