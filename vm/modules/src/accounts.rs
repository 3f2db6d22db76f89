//! `pwd` and `grp`: the user and group databases.

use crate::posix::path::{fs_decode, fs_encode};
use crate::struct_sequence;
use pyrs_core::{NativeDef, Raised, Res, Value, Vm};
use std::ffi::{CStr, CString};

static PWD: &[NativeDef] = &[
    NativeDef::function(
        "getpwuid",
        "(uidobj, /)",
        getpwuid,
        "Return the password database entry for the given numeric user ID.",
    ),
    NativeDef::function(
        "getpwnam",
        "(name, /)",
        getpwnam,
        "Return the password database entry for the given user name.",
    ),
    NativeDef::function(
        "getpwall",
        "()",
        getpwall,
        "Return a list of all available password database entries, in arbitrary order.",
    ),
];
static GRP: &[NativeDef] = &[
    NativeDef::function(
        "getgrgid",
        "(id)",
        getgrgid,
        "Return the group database entry for the given numeric group ID.",
    ),
    NativeDef::function(
        "getgrnam",
        "(name)",
        getgrnam,
        "Return the group database entry for the given group name.",
    ),
    NativeDef::function(
        "getgrall",
        "()",
        getgrall,
        "Return a list of all available group entries, in arbitrary order.",
    ),
];

pub(crate) fn init_pwd(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "pwd",
        "This module provides access to the Unix password database.",
        PWD,
    )?;
    let fields = ["pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell"];
    let c = struct_sequence::define(
        vm,
        "pwd.struct_passwd",
        "pwd.struct_passwd: Results from getpw*() routines.",
        &fields,
        7,
    )?;
    vm.set_hook("struct_passwd", c);
    vm.module_set(m, "struct_passwd", c)?;
    Ok(m.value())
}
pub(crate) fn init_grp(vm: &Vm) -> Res {
    let m = vm.new_native_module("grp", "Access to the Unix group database.", GRP)?;
    let fields = ["gr_name", "gr_passwd", "gr_gid", "gr_mem"];
    let c = struct_sequence::define(
        vm,
        "grp.struct_group",
        "grp.struct_group: Results from getgr*() routines.",
        &fields,
        4,
    )?;
    vm.set_hook("struct_group", c);
    vm.module_set(m, "struct_group", c)?;
    Ok(m.value())
}
/// A C string of the database, or empty.
fn text(vm: &Vm, p: *const libc::c_char) -> Res {
    if p.is_null() {
        return Ok(Value::NONE);
    }
    // SAFETY: the database's strings live until the next call, and we hold the interpreter lock.
    let s = unsafe { CStr::from_ptr(p) }.to_bytes().to_vec();
    fs_decode(vm, &s)
}
fn passwd(vm: &Vm, p: *const libc::passwd) -> Res<Option<Value>> {
    // SAFETY: null or an entry that lives until the next call.
    let Some(e) = (unsafe { p.as_ref() }) else { return Ok(None) };
    let e = *e;
    let items = [
        text(vm, e.pw_name)?,
        text(vm, e.pw_passwd)?,
        vm.int(e.pw_uid as i64)?,
        vm.int(e.pw_gid as i64)?,
        text(vm, e.pw_gecos)?,
        text(vm, e.pw_dir)?,
        text(vm, e.pw_shell)?,
    ];
    struct_sequence::make(vm, vm.hook("struct_passwd").unwrap_or(Value::NONE), &items).map(Some)
}
fn group(vm: &Vm, p: *const libc::group) -> Res<Option<Value>> {
    // SAFETY: null or an entry that lives until the next call.
    let Some(e) = (unsafe { p.as_ref() }) else { return Ok(None) };
    let members = vm.new_list()?;
    let mut at = e.gr_mem;
    // SAFETY: a null-terminated array of C strings.
    unsafe {
        while !at.is_null() && !(*at).is_null() {
            vm.list_append(members, text(vm, *at)?)?;
            at = at.add(1);
        }
    }
    let items =
        [text(vm, e.gr_name)?, text(vm, e.gr_passwd)?, vm.int(e.gr_gid as i64)?, members.value()];
    struct_sequence::make(vm, vm.hook("struct_group").unwrap_or(Value::NONE), &items).map(Some)
}
fn missing(vm: &Vm, what: &str, shown: &str) -> Raised {
    match vm.str(&format!("{what}: {shown}")) {
        Ok(m) => vm.raise_with(vm.exc().key_error, &[m]),
        Err(r) => r,
    }
}
/// A number of a user or group, as C's unsigned type.
fn number(vm: &Vm, v: Value) -> Res<Option<u32>> {
    let n = vm.index(v)?;
    Ok(vm
        .int_ref(&n)
        .to_i64()
        .and_then(|n| if n == -1 { Some(u32::MAX) } else { u32::try_from(n).ok() }))
}
fn name(vm: &Vm, function: &str, v: Value) -> Res<CString> {
    let Some(s) = vm.as_str(v) else {
        return Err(
            vm.type_error(format!("{function}() argument must be str, not {}", vm.type_name(v)))
        );
    };
    CString::new(fs_encode(vm, s.points())?).map_err(|_| vm.value_error("embedded null byte"))
}
fn getpwuid(vm: &Vm, a: &[Value]) -> Res {
    let shown = vm.str_of(a[0])?.to_lossy();
    let found = match number(vm, a[0])? {
        // SAFETY: a call on a number.
        Some(n) => passwd(vm, unsafe { libc::getpwuid(n) })?,
        None => None,
    };
    found.ok_or_else(|| missing(vm, "getpwuid(): uid not found", &shown))
}
fn getpwnam(vm: &Vm, a: &[Value]) -> Res {
    let n = name(vm, "getpwnam", a[0])?;
    // SAFETY: a C string.
    let found = passwd(vm, unsafe { libc::getpwnam(n.as_ptr()) })?;
    found.ok_or_else(|| missing(vm, "getpwnam(): name not found", &vm.repr_lossy(a[0])))
}
fn getpwall(vm: &Vm, _: &[Value]) -> Res {
    let list = vm.new_list()?;
    // SAFETY: the database is walked under the interpreter lock.
    unsafe { libc::setpwent() };
    loop {
        // SAFETY: as above.
        match passwd(vm, unsafe { libc::getpwent() })? {
            Some(v) => vm.list_append(list, v)?,
            None => break,
        }
    }
    // SAFETY: as above.
    unsafe { libc::endpwent() };
    Ok(list.value())
}
fn getgrgid(vm: &Vm, a: &[Value]) -> Res {
    let shown = vm.str_of(a[0])?.to_lossy();
    let found = match number(vm, a[0])? {
        // SAFETY: a call on a number.
        Some(n) => group(vm, unsafe { libc::getgrgid(n) })?,
        None => None,
    };
    found.ok_or_else(|| missing(vm, "getgrgid(): gid not found", &shown))
}
fn getgrnam(vm: &Vm, a: &[Value]) -> Res {
    let n = name(vm, "getgrnam", a[0])?;
    // SAFETY: a C string.
    let found = group(vm, unsafe { libc::getgrnam(n.as_ptr()) })?;
    found.ok_or_else(|| missing(vm, "getgrnam(): name not found", &vm.repr_lossy(a[0])))
}
fn getgrall(vm: &Vm, _: &[Value]) -> Res {
    let list = vm.new_list()?;
    // SAFETY: the database is walked under the interpreter lock.
    unsafe { libc::setgrent() };
    loop {
        // SAFETY: as above.
        match group(vm, unsafe { libc::getgrent() })? {
            Some(v) => vm.list_append(list, v)?,
            None => break,
        }
    }
    // SAFETY: as above.
    unsafe { libc::endgrent() };
    Ok(list.value())
}
