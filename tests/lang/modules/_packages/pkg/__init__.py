print("loading", __name__)
from . import beta
from .alpha import NAME as exported
