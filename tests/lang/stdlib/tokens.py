# tokenize reads signs that mean nothing to Python, and numbers with names behind them.
import io
import sysconfig
import tokenize

for text in ('a $ b', 'x ?? y', '`x`', '1$', '12é', '1_a', '!', 'x\x01'):
    try:
        found = [(tokenize.tok_name[t.type], t.string)
                 for t in tokenize.generate_tokens(io.StringIO(text).readline)]
        print(text, found[:-2])
    except tokenize.TokenError as e:
        print(repr(text), e)
print(sysconfig.get_config_var('Py_GIL_DISABLED'), sysconfig.get_config_var('SIZEOF_INT'))
print(io.BytesIO().getvalue())
