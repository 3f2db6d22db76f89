from .. import alpha
from ..beta import other
from . import __name__ as parent

where = alpha.NAME, other()[1], parent
