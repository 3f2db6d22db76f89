//! The verdict on small sources: message and place as CPython 3.14 gives them.
