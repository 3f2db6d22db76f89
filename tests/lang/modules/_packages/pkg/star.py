__all__ = ["public", "_hidden"]
public = "public"
_hidden = "listed, so exported"
not_listed = 1
