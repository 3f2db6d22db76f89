//! kind: table
//!
//! Strings the virtual machine itself uses: interned once at start, named by Rust identifiers.
//!
//! `Names` holds one interned `str` per row. `Special` numbers the special methods that classes cache, so that
//! `a + b` on instances costs an array read and not a search through the MRO.

use crate::object::Str;
use pyrs_heap::Gc;

macro_rules! names {
    ($($field:ident = $text:literal,)*) => {
        /// The well-known strings.
        pub struct Names { $(pub $field: Gc<Str>,)* }
        impl Names {
            pub(crate) fn new(mut intern: impl FnMut(&str) -> Gc<Str>) -> Names {
                Names { $($field: intern($text),)* }
            }
        }
    };
}

names! {
    empty = "",
    abc_abstractmethods = "__abstractmethods__",
    all = "__all__",
    annotate = "__annotate__",
    annotate_func = "__annotate_func__",
    annotations = "__annotations__",
    annotations_cache = "__annotations_cache__",
    args = "args",
    bases = "__bases__",
    builtins = "__builtins__",
    builtins_module = "builtins",
    cached = "__cached__",
    class = "__class__",
    classcell = "__classcell__",
    classdictcell = "__classdictcell__",
    close = "close",
    code = "__code__",
    dict = "__dict__",
    displayhook = "displayhook",
    doc = "__doc__",
    encoding = "encoding",
    errors = "errors",
    excepthook = "excepthook",
    file = "__file__",
    flush = "flush",
    import = "__import__",
    initializing = "_initializing",
    isabstractmethod = "__isabstractmethod__",
    keys = "keys",
    items = "items",
    lineno = "lineno",
    loader = "__loader__",
    main = "__main__",
    match_args = "__match_args__",
    metaclass = "metaclass",
    module = "__module__",
    modules = "modules",
    mro = "mro",
    name = "__name__",
    notes = "__notes__",
    orig_bases = "__orig_bases__",
    orig_class = "__orig_class__",
    package = "__package__",
    path = "__path__",
    print_file_and_line = "print_file_and_line",
    qualname = "__qualname__",
    firstlineno = "__firstlineno__",
    read = "read",
    readline = "readline",
    self_ = "self",
    send = "send",
    slots = "__slots__",
    sort_keys = "sort_keys",
    spec = "__spec__",
    static_attributes = "__static_attributes__",
    stderr = "stderr",
    stdin = "stdin",
    stdout = "stdout",
    throw = "throw",
    type_params = "__type_params__",
    value = "value",
    weakref = "__weakref__",
    wrapped = "__wrapped__",
    write = "write",
    build_class = "__build_class__",
    warnoptions = "warnoptions",
    last_exc = "last_exc",
    objclass = "__objclass__",
    text_signature = "__text_signature__",
    fget = "fget",
    getstate = "__getstate__",
    setstate = "__setstate__",
    reduce = "__reduce__",
    reduce_ex = "__reduce_ex__",
    getnewargs = "__getnewargs__",
    getnewargs_ex = "__getnewargs_ex__",
    copyreg = "copyreg",
    subclasshook = "__subclasshook__",
    set_name = "__set_name__",
    init_subclass = "__init_subclass__",
    class_getitem = "__class_getitem__",
    prepare = "__prepare__",
    mro_entries = "__mro_entries__",
    missing = "__missing__",
    reversed = "__reversed__",
    length_hint = "__length_hint__",
    format = "__format__",
    bytes = "__bytes__",
    complex = "__complex__",
    round = "__round__",
    trunc = "__trunc__",
    floor = "__floor__",
    ceil = "__ceil__",
    sizeof = "__sizeof__",
    dir = "__dir__",
    fspath = "__fspath__",
    lambda = "<lambda>",
    big = "big",
    little = "little",
    strict = "strict",
    utf8 = "utf-8",
    locals = "locals",
    globals = "globals",
    buffer = "__buffer__",
    release_buffer = "__release_buffer__",
    origin = "__origin__",
    parameters = "__parameters__",
}

macro_rules! specials {
    ($($variant:ident = $text:literal,)*) => {
        /// Special methods cached per class.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Special { $($variant,)* }
        impl Special {
            pub const COUNT: usize = [$($text),*].len();
            pub const TEXTS: [&'static str; Special::COUNT] = [$($text),*];
            pub const ALL: [Special; Special::COUNT] = [$(Special::$variant),*];
            pub fn text(self) -> &'static str { Special::TEXTS[self as usize] }
        }
    };
}

specials! {
    // ORDER: the 13 binary operators, their reflections, their in-place forms: as the opcodes
    Add = "__add__", Sub = "__sub__", Mul = "__mul__", MatMul = "__matmul__", TrueDiv = "__truediv__",
    FloorDiv = "__floordiv__", Mod = "__mod__", Pow = "__pow__", LShift = "__lshift__",
    RShift = "__rshift__", And = "__and__", Or = "__or__", Xor = "__xor__",
    RAdd = "__radd__", RSub = "__rsub__", RMul = "__rmul__", RMatMul = "__rmatmul__", RTrueDiv = "__rtruediv__",
    RFloorDiv = "__rfloordiv__", RMod = "__rmod__", RPow = "__rpow__", RLShift = "__rlshift__",
    RRShift = "__rrshift__", RAnd = "__rand__", ROr = "__ror__", RXor = "__rxor__",
    IAdd = "__iadd__", ISub = "__isub__", IMul = "__imul__", IMatMul = "__imatmul__", ITrueDiv = "__itruediv__",
    IFloorDiv = "__ifloordiv__", IMod = "__imod__", IPow = "__ipow__", ILShift = "__ilshift__",
    IRShift = "__irshift__", IAnd = "__iand__", IOr = "__ior__", IXor = "__ixor__",
    // ORDER: as the comparison opcodes
    Lt = "__lt__", Le = "__le__", Eq = "__eq__", Ne = "__ne__", Gt = "__gt__", Ge = "__ge__",
    DivMod = "__divmod__", RDivMod = "__rdivmod__",
    Neg = "__neg__", Pos = "__pos__", Invert = "__invert__", Abs = "__abs__",
    Int = "__int__", Float = "__float__", Index = "__index__", Bool = "__bool__",
    Hash = "__hash__", Repr = "__repr__", Str = "__str__", Len = "__len__", Contains = "__contains__",
    GetItem = "__getitem__", SetItem = "__setitem__", DelItem = "__delitem__",
    Iter = "__iter__", Next = "__next__", Call = "__call__",
    GetAttribute = "__getattribute__", GetAttr = "__getattr__", SetAttr = "__setattr__", DelAttr = "__delattr__",
    Get = "__get__", Set = "__set__", Delete = "__delete__",
    New = "__new__", Init = "__init__", Del = "__del__",
    Enter = "__enter__", Exit = "__exit__", AEnter = "__aenter__", AExit = "__aexit__",
    Await = "__await__", AIter = "__aiter__", ANext = "__anext__",
    InstanceCheck = "__instancecheck__", SubclassCheck = "__subclasscheck__",
}
