"""Sessions as objects, for tests that go through them."""

from marketwake.calendars.sessions import Session, session_frame


def xnys_sessions() -> list[Session]:
    """Sessions of the New York Stock Exchange from 1970 to 2028."""
    frame = session_frame().filter(calendar="XNYS").drop("calendar")
    return list(map(Session._make, frame.iter_rows()))
