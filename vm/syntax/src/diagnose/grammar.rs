//! Python 3.14's grammar with the productions for mistakes, as data for the parser in `engine`.
//!
//! Notation: a rule starts in the first column, `name:` or `name@:` (memoised); alternatives are
//! ordered and separated by `|`; `'x'` is a token by text, `NAME` a token by kind; `x?`, `x*`,
//! `x+` repeat, `x%','` is one or more with separators; `&x` and `!x` look ahead, `&&'x'` demands,
//! `~` commits to the alternative; `a=x` names a part. `seed << tail | tail` is left recursion.
//! An alternative that is just a rule named `bad_...` is skipped in the first pass; a name ending
//! in `^` skips those rules while it is parsed. In braces stands the result: the kind of the node,
//! `=a` for a part, or `!` and how the error is placed:
//!   `at a`, `from a`, `range a b`, `last`, `next`: over a part, from it on, over two, the last
//!   token read, the next token; `indent`: an `IndentationError` at the last token;
//!   `?name ...`: a function in `actions` decides.
//! In a message `{a}` is what CPython calls that kind of expression, `{a.text}` its source text,
//! `{a.line}` its line.

pub(super) const GRAMMAR: &str = r##"
file: statements? END
interactive: statement_newline
eval: expressions NEWLINE* END
func_type: '(' type_expressions? ')' '->' expression NEWLINE* END

statements: statement+
statement: compound_stmt {?statement} | simple_stmts {?statement}
statement_newline: compound_stmt NEWLINE | simple_stmts | NEWLINE | END {?interactive_end}
simple_stmts: simple_stmt !';' NEWLINE | simple_stmt%';' ';'? NEWLINE
simple_stmt@: assignment | &'type' type_alias | star_expressions | &'return' return_stmt
  | &('import'|'from') import_stmt | &'raise' raise_stmt | &'pass' pass_stmt | &'del' del_stmt
  | &'yield' yield_stmt | &'assert' assert_stmt | &'break' break_stmt
  | &'continue' continue_stmt | &'global' global_stmt | &'nonlocal' nonlocal_stmt
compound_stmt: &('def'|'@'|'async') function_def | &'if' if_stmt | &('class'|'@') class_def
  | &('with'|'async') with_stmt | &('for'|'async') for_stmt | &'try' try_stmt
  | &'while' while_stmt | match_stmt

assignment: NAME ':' expression ('=' annotated_rhs)?
  | ('(' single_target ')' | single_subscript_attribute_target) ':' expression ('=' annotated_rhs)?
  | (star_targets '=')+ annotated_rhs !'='
  | single_target augassign ~ annotated_rhs | bad_assignment
annotated_rhs: yield_expr | star_expressions
augassign: '+='|'-='|'*='|'@='|'/='|'%='|'&='|'|='|'^='|'<<='|'>>='|'**='|'//='
return_stmt: 'return' star_expressions?
raise_stmt: 'raise' expression ('from' expression)? | 'raise'
pass_stmt: 'pass'
break_stmt: 'break'
continue_stmt: 'continue'
global_stmt: 'global' NAME%','
nonlocal_stmt: 'nonlocal' NAME%','
del_stmt: 'del' del_targets &(';'|NEWLINE) | bad_del_stmt
yield_stmt: yield_expr
assert_stmt: 'assert' expression (',' expression)?
import_stmt@: bad_import | import_name | import_from
import_name: 'import' dotted_as_name%','
import_from: 'from' ('.'|'...')* dotted_name 'import' import_from_targets
  | 'from' ('.'|'...')+ 'import' import_from_targets
import_from_targets: '(' import_from_as_name%',' ','? ')' | import_from_as_name%',' !','
  | '*' | bad_import_from_targets
import_from_as_name: bad_import_from_as_name | NAME ('as' NAME)?
dotted_as_name: bad_dotted_as_name | dotted_name ('as' NAME)?
dotted_name@: NAME << '.' NAME {Attribute}

block@: NEWLINE INDENT statements DEDENT | simple_stmts | bad_block
decorators: ('@' named_expression NEWLINE)+
class_def: decorators class_def_raw | class_def_raw
class_def_raw: bad_class_def_raw | 'class' NAME type_params? ('(' arguments? ')')? ':' block
function_def: decorators function_def_raw | function_def_raw
function_def_raw: bad_def_raw | 'def' NAME type_params? '(' params? ')' ('->' expression)? ':' block
  | 'async' 'def' NAME type_params? '(' params? ')' ('->' expression)? ':' block

params: bad_parameters | parameters
parameters: slash_no_default param_no_default* param_with_default* star_etc?
  | slash_with_default param_with_default* star_etc?
  | param_no_default+ param_with_default* star_etc? | param_with_default+ star_etc? | star_etc
slash_no_default: param_no_default+ '/' ',' | param_no_default+ '/' &')'
slash_with_default: param_no_default* param_with_default+ '/' ','
  | param_no_default* param_with_default+ '/' &')'
star_etc: bad_star_etc | '*' param_no_default param_maybe_default* kwds?
  | '*' param_no_default_star_annotation param_maybe_default* kwds?
  | '*' ',' param_maybe_default+ kwds? | kwds
kwds: bad_kwds | '**' param_no_default
param_no_default: a=param ',' {=a} | a=param &')' {=a}
param_no_default_star_annotation: param_star_annotation ',' | param_star_annotation &')'
param_with_default: param default ',' | param default &')'
param_maybe_default: param default? ',' | param default? &')'
param: NAME (':' expression)? {Seq}
param_star_annotation: NAME ':' star_expression
default: '=' expression | bad_default

if_stmt: bad_if_stmt | 'if' named_expression ':' block elif_stmt
  | 'if' named_expression ':' block else_block?
elif_stmt: bad_elif_stmt | 'elif' named_expression ':' block elif_stmt
  | 'elif' named_expression ':' block else_block?
else_block: bad_else_stmt | 'else' &&':' block
while_stmt: bad_while_stmt | 'while' named_expression ':' block else_block?
for_stmt: bad_for_stmt | 'for' star_targets 'in' ~ star_expressions ':' block else_block?
  | 'async' 'for' star_targets 'in' ~ star_expressions ':' block else_block? | bad_for_target
with_stmt: bad_with_stmt_indent | 'with' '(' with_item%',' ','? ')' ':' block
  | 'with' with_item%',' ':' block | 'async' 'with' '(' with_item%',' ','? ')' ':' block
  | 'async' 'with' with_item%',' ':' block | bad_with_stmt
with_item: expression 'as' star_target &(','|')'|':') | bad_with_item | expression
try_stmt: bad_try_stmt | 'try' &&':' block finally_block
  | 'try' &&':' block except_block+ else_block? finally_block?
  | 'try' &&':' block except_star_block+ else_block? finally_block?
except_block: bad_except_stmt_indent | 'except' expression ':' block
  | 'except' expression 'as' NAME ':' block | 'except' expressions ':' block
  | 'except' ':' block | bad_except_stmt
except_star_block: bad_except_star_stmt_indent | 'except' '*' expression ':' block
  | 'except' '*' expression 'as' NAME ':' block | 'except' '*' expressions ':' block
  | bad_except_star_stmt
finally_block: bad_finally_stmt | 'finally' &&':' block

match_stmt: 'match' subject_expr ':' NEWLINE INDENT case_block+ DEDENT | bad_match_stmt
subject_expr: star_named_expression ',' star_named_expressions? | named_expression
case_block: bad_case_block | 'case' patterns guard? ':' block
guard: 'if' named_expression
patterns: open_sequence_pattern | pattern
pattern: as_pattern | or_pattern
as_pattern: or_pattern 'as' pattern_capture_target {Seq} | bad_as_pattern
or_pattern: closed_pattern%'|' {Seq}
closed_pattern@: literal_pattern | capture_pattern | wildcard_pattern | value_pattern
  | group_pattern | sequence_pattern | mapping_pattern | class_pattern
literal_pattern: signed_number !('+'|'-') | complex_number | strings | 'None' | 'True' | 'False'
literal_expr: signed_number !('+'|'-') | complex_number | &(STRING|FSTART|TSTART) strings
  | 'None' | 'True' | 'False'
complex_number: signed_real_number '+' imaginary_number | signed_real_number '-' imaginary_number
signed_number: number | '-' number
signed_real_number: real_number | '-' real_number
real_number: a=number {?real a}
imaginary_number: a=number {?imaginary a}
capture_pattern: pattern_capture_target
pattern_capture_target: !'_' a=NAME !('.'|'('|'=') {=a}
wildcard_pattern: '_'
value_pattern: a=attr !('.'|'('|'=') {=a}
attr@: NAME ('.' NAME)+ {Attribute}
name_or_attr@: NAME << '.' NAME {Attribute}
group_pattern: '(' pattern ')'
sequence_pattern: '[' maybe_sequence_pattern? ']' | '(' open_sequence_pattern? ')'
open_sequence_pattern: maybe_star_pattern ',' maybe_sequence_pattern?
maybe_sequence_pattern: maybe_star_pattern%',' ','?
maybe_star_pattern: star_pattern | pattern
star_pattern@: '*' pattern_capture_target | '*' wildcard_pattern
mapping_pattern: '{' '}' | '{' double_star_pattern ','? '}'
  | '{' key_value_pattern%',' ',' double_star_pattern ','? '}'
  | '{' key_value_pattern%',' ','? '}'
key_value_pattern: (literal_expr | attr) ':' pattern
double_star_pattern: '**' pattern_capture_target
class_pattern: name_or_attr '(' ')' | name_or_attr '(' pattern%',' ','? ')'
  | name_or_attr '(' keyword_pattern%',' ','? ')'
  | name_or_attr '(' pattern%',' ',' keyword_pattern%',' ','? ')' | bad_class_pattern
keyword_pattern: NAME '=' pattern

type_alias: 'type' NAME type_params? '=' expression
type_params: bad_type_params | '[' type_param%',' ','? ']'
type_param@: NAME (':' expression)? ('=' expression)? | bad_type_param
  | '*' NAME ('=' star_expression)? | '**' NAME ('=' expression)?

expressions: a=expression b=(',' c=expression {=c})+ ','? {Tuple} | a=expression ',' {Tuple}
  | expression
expression@: bad_expression | bad_legacy_expression
  | a=disjunction 'if' b=disjunction 'else' c=expression {IfExp} | disjunction | lambdef
yield_expr: 'yield' 'from' expression {Yield} | 'yield' star_expressions? {Yield}
star_expressions: a=star_expression b=(',' c=star_expression {=c})+ ','? {Tuple}
  | a=star_expression ',' {Tuple} | star_expression
star_expression@: '*' a=bitwise_or {Starred} | expression
star_named_expressions: a=star_named_expression%',' ','? {=a}
star_named_expression: '*' a=bitwise_or {Starred} | named_expression
assignment_expression: NAME ':=' ~ expression {Named}
named_expression: assignment_expression | bad_named_expression | a=expression !':=' {=a}
disjunction@: conjunction ('or' conjunction)+ {Expression} | conjunction
conjunction@: inversion ('and' inversion)+ {Expression} | inversion
inversion@: 'not' inversion {Expression} | comparison
comparison: a=bitwise_or b=compare_pair+ {Compare} | bitwise_or
compare_pair: '==' bitwise_or {Seq} | NE bitwise_or {Seq} | '<=' bitwise_or {Seq}
  | bad_unequal | '<' bitwise_or {Seq} | '>=' bitwise_or {Seq} | '>' bitwise_or {Seq}
  | 'not' 'in' bitwise_or {Seq} | 'in' bitwise_or {Seq} | 'is' 'not' bitwise_or {Seq}
  | 'is' bitwise_or {Seq}
bitwise_or@: bitwise_xor << '|' bitwise_xor {Expression}
bitwise_xor@: bitwise_and << '^' bitwise_and {Expression}
bitwise_and@: shift_expr << '&' shift_expr {Expression}
shift_expr@: bad_arithmetic | sum << '<<' sum {Expression} | '>>' sum {Expression}
sum@: term << '+' term {Expression} | '-' term {Expression}
term@: bad_factor | factor << '*' factor {Expression} | '/' factor {Expression}
  | '//' factor {Expression} | '%' factor {Expression} | '@' factor {Expression}
factor@: '+' factor {Expression} | '-' factor {Expression} | '~' factor {Expression} | power
power: await_primary '**' factor {Expression} | await_primary
await_primary@: 'await' primary {Await} | primary
primary@: atom << '.' NAME {Attribute} | genexp {Call} | '(' arguments? ')' {Call}
  | '[' slices ']' {Subscript}
slices: a=slice !',' {=a} | (slice | starred_expression)%',' ','? {Tuple}
slice: expression? ':' expression? (':' expression?)? {Seq} | named_expression
atom: name | 'True' {True} | 'False' {False} | 'None' {None}
  | &(STRING|FSTART|TSTART) strings | number | &'(' (tuple | group | genexp)
  | &'[' (list | listcomp) | &'{' (dict | set | dictcomp | setcomp) | '...' {Ellipsis}
name: NAME {Name}
number: a=NUMBER {?number a}
group: '(' a=(yield_expr | named_expression) ')' {=a} | bad_group
lambdef: 'lambda' lambda_params? ':' expression {Lambda}
lambda_params: bad_lambda_parameters | lambda_parameters
lambda_parameters: lambda_slash_no_default lambda_param_no_default* lambda_param_with_default*
    lambda_star_etc?
  | lambda_slash_with_default lambda_param_with_default* lambda_star_etc?
  | lambda_param_no_default+ lambda_param_with_default* lambda_star_etc?
  | lambda_param_with_default+ lambda_star_etc? | lambda_star_etc
lambda_slash_no_default: lambda_param_no_default+ '/' ',' | lambda_param_no_default+ '/' &':'
lambda_slash_with_default: lambda_param_no_default* lambda_param_with_default+ '/' ','
  | lambda_param_no_default* lambda_param_with_default+ '/' &':'
lambda_star_etc: bad_lambda_star_etc
  | '*' lambda_param_no_default lambda_param_maybe_default* lambda_kwds?
  | '*' ',' lambda_param_maybe_default+ lambda_kwds? | lambda_kwds
lambda_kwds: bad_lambda_kwds | '**' lambda_param_no_default
lambda_param_no_default: a=lambda_param ',' {=a} | a=lambda_param &':' {=a}
lambda_param_with_default: lambda_param default ',' | lambda_param default &':'
lambda_param_maybe_default: lambda_param default? ',' | lambda_param default? &':'
lambda_param: NAME

fstring_middle: fstring_field | FMID
fstring_field: '{' annotated_rhs '='? fstring_conversion? fstring_spec? '}' | bad_fstring_field
fstring_conversion: a='!' b=NAME {?conversion a b}
fstring_spec: ':' fstring_spec_part*
fstring_spec_part: FMID | fstring_field
fstring: FSTART fstring_middle* FEND {?fstring}
tstring_spec_field: '{' annotated_rhs '='? fstring_conversion? tstring_spec? '}'
  | bad_tstring_field
tstring_spec_part: TMID | tstring_spec_field
tstring_spec: ':' tstring_spec_part*
tstring_field: '{' annotated_rhs '='? fstring_conversion? tstring_spec? '}' | bad_tstring_field
tstring_middle: tstring_field | TMID
tstring@: TSTART tstring_middle* TEND {?tstring}
string: a=STRING {?string a}
strings@: bad_string_tstring_concat | a=(fstring | string)+ {?strings a} | tstring+ {TemplateStr}
list: '[' a=star_named_expressions? ']' {List}
tuple: '(' a=(b=star_named_expression ',' c=star_named_expressions? {Seq})? ')' {Tuple}
set: '{' star_named_expressions '}' {Set}
dict: '{' (double_starred_kvpair%',' ','?)? '}' {Dict} | '{' bad_double_starred_kvpairs '}'
double_starred_kvpair: '**' bitwise_or | kvpair
kvpair: expression ':' expression
for_if_clauses: for_if_clause+
for_if_clause: 'async' 'for' star_targets 'in' ~ a=disjunction b=('if' c=disjunction {=c})* {Clause}
  | 'for' star_targets 'in' ~ a=disjunction b=('if' c=disjunction {=c})* {Clause}
  | bad_for_if_clause | bad_for_target
listcomp: '[' named_expression for_if_clauses ']' {ListComp} | bad_comprehension
setcomp: '{' named_expression for_if_clauses '}' {SetComp} | bad_comprehension
genexp: '(' (assignment_expression | expression !':=') for_if_clauses ')' {Generator}
  | bad_comprehension
dictcomp: '{' kvpair for_if_clauses '}' {DictComp} | bad_dict_comprehension

arguments@: a=args ','? &')' {=a} | bad_arguments
args: a=(starred_expression | (assignment_expression | c=expression !':=' {=c}) !'=')%','
    b=(',' d=kwargs {=d})? {Args} | a=kwargs {Args}
kwargs: a=kwarg_or_starred%',' ',' b=kwarg_or_double_starred%',' {Seq}
  | kwarg_or_starred%',' | kwarg_or_double_starred%','
starred_expression: bad_starred_expression_unpacking | '*' a=expression {Starred}
  | bad_starred_expression
kwarg_or_starred: bad_kwarg | NAME '=' expression {Keyword} | starred_expression
kwarg_or_double_starred: bad_kwarg | NAME '=' expression {Keyword} | '**' expression {DoubleStar}

star_targets: a=star_target !',' {=a} | a=star_target b=(',' c=star_target {=c})* ','? {Tuple}
star_targets_list_seq: a=star_target%',' ','? {=a}
star_targets_tuple_seq: star_target (',' star_target)+ ','? | star_target ','
star_target@: '*' (!'*' star_target) {Starred} | target_with_star_atom
target_with_star_atom@: t_primary '.' NAME !t_lookahead {Attribute}
  | t_primary '[' slices ']' !t_lookahead {Subscript} | star_atom
star_atom: name | '(' a=target_with_star_atom ')' {=a} | '(' star_targets_tuple_seq? ')' {Tuple}
  | '[' star_targets_list_seq? ']' {List}
single_target: single_subscript_attribute_target | name | '(' a=single_target ')' {=a}
single_subscript_attribute_target: t_primary '.' NAME !t_lookahead {Attribute}
  | t_primary '[' slices ']' !t_lookahead {Subscript}
t_primary@: a=atom &t_lookahead {=a} << '.' NAME &t_lookahead {Attribute}
  | '[' slices ']' &t_lookahead {Subscript} | genexp &t_lookahead {Call}
  | '(' arguments? ')' &t_lookahead {Call}
t_lookahead: '(' | '[' | '.'
del_targets: del_target%',' ','?
del_target@: t_primary '.' NAME !t_lookahead | t_primary '[' slices ']' !t_lookahead | del_t_atom
del_t_atom: NAME | '(' del_target ')' | '(' del_targets? ')' | '[' del_targets? ']'
type_expressions: expression%',' ',' '*' expression ',' '**' expression
  | expression%',' ',' '*' expression | expression%',' ',' '**' expression
  | '*' expression ',' '**' expression | '*' expression | '**' expression | expression%','

bad_arguments: ((starred_expression | (assignment_expression | expression !':=') !'=')%',' ','
    kwargs | kwargs)
    a=',' (starred_expression !'=')%','
    {!from a `iterable argument unpacking follows keyword argument unpacking`}
  | a=expression b=for_if_clauses ',' (args | expression for_if_clauses)?
    {?genexp_argument a b}
  | a=NAME b='=' expression for_if_clauses
    {!range a b `invalid syntax. Maybe you meant '==' or ':=' instead of '='?`}
  | (args ',')? a=NAME b='=' &(','|')') {!range a b `expected argument value expression`}
  | a=args b=for_if_clauses {?genexp_in_call a b}
  | args ',' a=expression b=for_if_clauses {?genexp_argument a b}
  | a=args ',' args {?argument_order a}
bad_kwarg: a=('True'|'False'|'None') b='=' {!range a b `cannot assign to {a.text}`}
  | a=NAME b='=' expression for_if_clauses
    {!range a b `invalid syntax. Maybe you meant '==' or ':=' instead of '='?`}
  | !(NAME '=') a=expression b='='
    {!range a b `expression cannot contain assignment, perhaps you meant "=="?`}
  | a='**' expression '=' b=expression
    {!range a b `cannot assign to keyword argument unpacking`}
expression_without_bad^: disjunction 'if' disjunction 'else' expression {IfExp} | disjunction
  | lambdef
bad_legacy_expression: a=NAME !'(' b=star_expressions {?legacy a b}
bad_type_param: '*' NAME a=':' b=expression {?type_bound a b}
  | '**' NAME a=':' b=expression {?type_bound_spec a b}
bad_expression: STRING a=(!STRING b=expression_without_bad {=b})+ STRING
    {!range a a `invalid syntax. Is this intended to be part of the string?`}
  | !(NAME STRING | SOFT) a=disjunction b=expression_without_bad {?missing_comma a b}
  | a=disjunction 'if' b=disjunction !('else'|':')
    {!range a b `expected 'else' after 'if' expression`}
  | disjunction 'if' disjunction 'else' !expression
    {!next `expected expression after 'else', but statement is given`}
  | a=(pass_stmt|break_stmt|continue_stmt) 'if' disjunction 'else' simple_stmt
    {!at a `expected expression before 'if', but statement is given`}
  | a='lambda' lambda_params? b=':' &FMID
    {!range a b `f-string: lambda expressions are not allowed without parentheses`}
  | a='lambda' lambda_params? b=':' &TMID
    {!range a b `t-string: lambda expressions are not allowed without parentheses`}
bad_named_expression@: a=expression ':=' expression
    {!at a `cannot use assignment expressions with {a}`}
  | a=NAME '=' b=bitwise_or !('='|':=')
    {!range a b `invalid syntax. Maybe you meant '==' or ':=' instead of '='?`}
  | !(list|tuple|genexp|'True'|'None'|'False') a=bitwise_or '=' bitwise_or !('='|':=')
    {!at a `cannot assign to {a} here. Maybe you meant '==' instead of '='?`}
bad_assignment: a=bad_ann_assign_target ':' expression
    {!at a `only single target (not {a}) can be annotated`}
  | a=star_named_expression ',' star_named_expressions* ':' expression
    {!at a `only single target (not tuple) can be annotated`}
  | a=expression ':' expression {!at a `illegal target for annotation`}
  | (star_targets '=')* a=star_expressions '=' {?star_target a}
  | (star_targets '=')* a=yield_expr '='
    {!at a `assignment to yield expression not possible`}
  | a=star_expressions augassign annotated_rhs
    {!at a `'{a}' is an illegal expression for augmented assignment`}
bad_ann_assign_target: list | tuple | '(' a=bad_ann_assign_target ')' {=a}
bad_del_stmt: 'del' a=star_expressions {?del_target a}
bad_block: NEWLINE !INDENT {!indent `expected an indented block`}
bad_comprehension: ('['|'('|'{') a=starred_expression for_if_clauses
    {!at a `iterable unpacking cannot be used in comprehension`}
  | ('['|'{') a=star_named_expression ',' b=star_named_expressions for_if_clauses
    {!range a b `did you forget parentheses around the comprehension target?`}
  | ('['|'{') a=star_named_expression b=',' for_if_clauses
    {!range a b `did you forget parentheses around the comprehension target?`}
bad_dict_comprehension: '{' a='**' bitwise_or for_if_clauses '}'
    {!at a `dict unpacking cannot be used in dict comprehension`}
bad_parameters: a='/' ',' {!at a `at least one argument must precede /`}
  | (slash_no_default | slash_with_default) param_maybe_default* a='/'
    {!at a `/ may appear only once`}
  | slash_no_default? param_no_default* (slash_with_default | param_with_default+)
    a=param_no_default
    {!at a `parameter without a default follows parameter with a default`}
  | param_no_default* a='(' param_no_default+ ','? b=')'
    {!range a b `Function parameters cannot be parenthesized`}
  | (slash_no_default | slash_with_default)? param_maybe_default* '*' (',' | param_no_default)
    param_maybe_default* a='/' {!at a `/ must be ahead of *`}
  | param_maybe_default+ '/' a='*' {!at a `expected comma between / and *`}
bad_default: a='=' &(')'|',') {!at a `expected default value expression`}
bad_star_etc: a='*' (')' | ',' (')'|'**')) {!at a `named arguments must follow bare *`}
  | '*' param a='=' {!at a `var-positional argument cannot have default value`}
  | '*' (param_no_default | ',') param_maybe_default* a='*' (param_no_default | ',')
    {!at a `* argument may appear only once`}
bad_kwds: '**' param a='=' {!at a `var-keyword argument cannot have default value`}
  | '**' param ',' a=param {!at a `arguments cannot follow var-keyword argument`}
  | '**' param ',' a=('*'|'**'|'/') {!at a `arguments cannot follow var-keyword argument`}
bad_lambda_parameters: a='/' ',' {!at a `at least one argument must precede /`}
  | (lambda_slash_no_default | lambda_slash_with_default) lambda_param_maybe_default* a='/'
    {!at a `/ may appear only once`}
  | lambda_slash_no_default? lambda_param_no_default*
    (lambda_slash_with_default | lambda_param_with_default+) a=lambda_param_no_default
    {!at a `parameter without a default follows parameter with a default`}
  | lambda_param_no_default* a='(' lambda_param%',' ','? b=')'
    {!range a b `Lambda expression parameters cannot be parenthesized`}
  | (lambda_slash_no_default | lambda_slash_with_default)? lambda_param_maybe_default* '*'
    (',' | lambda_param_no_default) lambda_param_maybe_default* a='/'
    {!at a `/ must be ahead of *`}
  | lambda_param_maybe_default+ '/' a='*' {!at a `expected comma between / and *`}
bad_lambda_star_etc: '*' (':' | ',' (':'|'**')) {!last `named arguments must follow bare *`}
  | '*' lambda_param a='=' {!at a `var-positional argument cannot have default value`}
  | '*' (lambda_param_no_default | ',') lambda_param_maybe_default* a='*'
    (lambda_param_no_default | ',') {!at a `* argument may appear only once`}
bad_lambda_kwds: '**' lambda_param a='=' {!at a `var-keyword argument cannot have default value`}
  | '**' lambda_param ',' a=lambda_param {!at a `arguments cannot follow var-keyword argument`}
  | '**' lambda_param ',' a=('*'|'**'|'/')
    {!at a `arguments cannot follow var-keyword argument`}
bad_with_item: expression 'as' a=expression &(','|')'|':') {?star_target a}
bad_for_if_clause: 'async'? 'for' (bitwise_or (',' bitwise_or)* ','?) !'in'
    {!last `'in' expected after for-loop variables`}
bad_for_target: 'async'? 'for' a=star_expressions {?for_target a}
bad_group: '(' a=starred_expression ')' {!at a `cannot use starred expression here`}
  | '(' a='**' expression ')' {!at a `cannot use double starred expression here`}
bad_import: a='import' dotted_name%',' 'from' dotted_name
    {!from a `Did you mean to use 'from ... import ...' instead?`}
  | 'import' a=NEWLINE {!from a `Expected one or more names after 'import'`}
bad_dotted_as_name: dotted_name 'as' !(NAME (','|')'|';'|NEWLINE)) a=expression
    {!at a `cannot use {a} as import target`}
bad_import_from_as_name: NAME 'as' !(NAME (','|')'|';'|NEWLINE)) a=expression
    {!at a `cannot use {a} as import target`}
bad_import_from_targets: import_from_as_name%',' ',' NEWLINE
    {!last `trailing comma not allowed without surrounding parentheses`}
  | a=NEWLINE {!from a `Expected one or more names after 'import'`}
bad_with_stmt: 'async'? 'with' (expression ('as' star_target)?)%',' NEWLINE
    {!last `expected ':'`}
  | 'async'? 'with' '(' (expressions ('as' star_target)?)%',' ','? ')' NEWLINE
    {!last `expected ':'`}
bad_with_stmt_indent: 'async'? a='with' (expression ('as' star_target)?)%',' ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'with' statement on line {a.line}`}
  | 'async'? a='with' '(' (expressions ('as' star_target)?)%',' ','? ')' ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'with' statement on line {a.line}`}
bad_try_stmt: a='try' ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'try' statement on line {a.line}`}
  | 'try' ':' block !('except'|'finally') {!last `expected 'except' or 'finally' block`}
  | 'try' ':' block* except_block+ a='except' b='*' expression ('as' NAME)? ':'
    {!range a b `cannot have both 'except' and 'except*' on the same 'try'`}
  | 'try' ':' block* except_star_block+ a='except' (expression ('as' NAME)?)? ':'
    {!at a `cannot have both 'except' and 'except*' on the same 'try'`}
bad_except_stmt: 'except' a=expression ',' expressions 'as' NAME ':'
    {!from a `multiple exception types must be parenthesized when using 'as'`}
  | 'except' expression ('as' NAME)? NEWLINE {!last `expected ':'`}
  | 'except' NEWLINE {!last `expected ':'`}
  | 'except' expression 'as' a=expression ':' block
    {!at a `cannot use except statement with {a}`}
bad_except_star_stmt: 'except' '*' a=expression ',' expressions 'as' NAME ':'
    {!from a `multiple exception types must be parenthesized when using 'as'`}
  | 'except' '*' expression ('as' NAME)? NEWLINE {!last `expected ':'`}
  | 'except' '*' (NEWLINE|':') {!last `expected one or more exception types`}
  | 'except' '*' expression 'as' a=expression ':' block
    {!at a `cannot use except* statement with {a}`}
bad_finally_stmt: a='finally' ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'finally' statement on line {a.line}`}
bad_except_stmt_indent: a='except' expression ('as' NAME)? ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'except' statement on line {a.line}`}
  | a='except' ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'except' statement on line {a.line}`}
bad_except_star_stmt_indent: a='except' '*' expression ('as' NAME)? ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'except*' statement on line {a.line}`}
bad_match_stmt: 'match' subject_expr NEWLINE {!last `expected ':'`}
  | a='match' subject_expr ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'match' statement on line {a.line}`}
bad_case_block: 'case' patterns guard? NEWLINE {!last `expected ':'`}
  | a='case' patterns guard? ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'case' statement on line {a.line}`}
bad_as_pattern: or_pattern 'as' a='_' {!at a `cannot use '_' as a target`}
  | or_pattern 'as' a=expression {!at a `cannot use {a} as pattern target`}
bad_class_pattern: name_or_attr '(' a=bad_class_argument_pattern
    {!range a a `positional patterns follow keyword patterns`}
bad_class_argument_pattern: (pattern%',' ',')? keyword_pattern%',' ',' a=pattern%',' {=a}
bad_if_stmt: 'if' named_expression NEWLINE {!last `expected ':'`}
  | a='if' named_expression ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'if' statement on line {a.line}`}
bad_elif_stmt: 'elif' named_expression NEWLINE {!last `expected ':'`}
  | a='elif' named_expression ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'elif' statement on line {a.line}`}
bad_else_stmt: a='else' ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'else' statement on line {a.line}`}
  | 'else' ':' block 'elif' {!last `'elif' block follows an 'else' block`}
bad_while_stmt: 'while' named_expression NEWLINE {!last `expected ':'`}
  | a='while' named_expression ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'while' statement on line {a.line}`}
bad_for_stmt: 'async'? 'for' star_targets 'in' star_expressions NEWLINE {!last `expected ':'`}
  | 'async'? a='for' star_targets 'in' star_expressions ':' NEWLINE !INDENT
    {!indent `expected an indented block after 'for' statement on line {a.line}`}
bad_def_raw: 'async'? a='def' NAME type_params? '(' params? ')' ('->' expression)? ':'
    NEWLINE !INDENT
    {!indent `expected an indented block after function definition on line {a.line}`}
  | 'async'? 'def' NAME type_params? &&'(' params? ')' ('->' expression)? &&':' block
bad_class_def_raw: 'class' NAME type_params? ('(' arguments? ')')? NEWLINE {!last `expected ':'`}
  | a='class' NAME type_params? ('(' arguments? ')')? ':' NEWLINE !INDENT
    {!indent `expected an indented block after class definition on line {a.line}`}
bad_double_starred_kvpairs: double_starred_kvpair%',' ',' bad_kvpair
  | expression ':' a='*' bitwise_or
    {!from a `cannot use a starred expression in a dictionary value`}
  | expression a=':' &('}'|',') {!at a `expression expected after dictionary key and ':'`}
bad_kvpair: a=expression !':' {?missing_colon a}
  | expression ':' a='*' bitwise_or
    {!from a `cannot use a starred expression in a dictionary value`}
  | expression a=':' &('}'|',') {!at a `expression expected after dictionary key and ':'`}
bad_starred_expression_unpacking: a='*' expression '=' b=expression
    {!range a b `cannot assign to iterable argument unpacking`}
bad_starred_expression: '*' {!last `Invalid star expression`}
bad_fstring_field: '{' a='=' {!at a `f-string: valid expression required before '='`}
  | '{' a='!' {!at a `f-string: valid expression required before '!'`}
  | '{' a=':' {!at a `f-string: valid expression required before ':'`}
  | '{' a='}' {!at a `f-string: valid expression required before '}'`}
  | '{' !annotated_rhs {!next `f-string: expecting a valid expression after '{'`}
  | '{' annotated_rhs !('='|'!'|':'|'}') {!next `f-string: expecting '=', or '!', or ':', or '}'`}
  | '{' annotated_rhs '=' !('!'|':'|'}') {!next `f-string: expecting '!', or ':', or '}'`}
  | '{' annotated_rhs '='? bad_fstring_conversion
  | '{' annotated_rhs '='? ('!' NAME)? !(':'|'}') {!next `f-string: expecting ':' or '}'`}
  | '{' annotated_rhs '='? ('!' NAME)? ':' fstring_spec_part* !'}'
    {!next `f-string: expecting '}', or format specs`}
  | '{' annotated_rhs '='? ('!' NAME)? !'}' {!next `f-string: expecting '}'`}
bad_fstring_conversion: '!' &(':'|'}') {!next `f-string: missing conversion character`}
  | '!' !NAME {!next `f-string: invalid conversion character`}
bad_tstring_field: '{' a='=' {!at a `t-string: valid expression required before '='`}
  | '{' a='!' {!at a `t-string: valid expression required before '!'`}
  | '{' a=':' {!at a `t-string: valid expression required before ':'`}
  | '{' a='}' {!at a `t-string: valid expression required before '}'`}
  | '{' !annotated_rhs {!next `t-string: expecting a valid expression after '{'`}
  | '{' annotated_rhs !('='|'!'|':'|'}') {!next `t-string: expecting '=', or '!', or ':', or '}'`}
  | '{' annotated_rhs '=' !('!'|':'|'}') {!next `t-string: expecting '!', or ':', or '}'`}
  | '{' annotated_rhs '='? bad_tstring_conversion
  | '{' annotated_rhs '='? ('!' NAME)? !(':'|'}') {!next `t-string: expecting ':' or '}'`}
  | '{' annotated_rhs '='? ('!' NAME)? ':' tstring_spec_part* !'}'
    {!next `t-string: expecting '}', or format specs`}
  | '{' annotated_rhs '='? ('!' NAME)? !'}' {!next `t-string: expecting '}'`}
bad_tstring_conversion: '!' &(':'|'}') {!next `t-string: missing conversion character`}
  | '!' !NAME {!next `t-string: invalid conversion character`}
bad_string_tstring_concat: a=(fstring | string)+ b=tstring
    {?mixed_strings a b}
  | a=tstring+ b=(fstring | string) {?mixed_strings a b}
bad_arithmetic: sum ('+'|'-'|'*'|'/'|'%'|'//'|'@') a='not' b=inversion
    {!range a b `'not' after an operator must be parenthesized`}
bad_factor: ('+'|'-'|'~') a='not' b=factor
    {!range a b `'not' after an operator must be parenthesized`}
bad_unequal: a='<' b='>' {?unequal a b}
bad_type_params: '[' a=']' {!from a `Type parameter list cannot be empty`}
"##;
