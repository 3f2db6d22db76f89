//! Names of hosts, services and protocols.

use super::address::{Address, flow_and_scope, host_text, to_python};
use super::{gai_error, herror, plain_error};
use crate::os_error::os_error;
use crate::posix::path::{c_int, fs_decode};
use core::ffi::{CStr, c_char};
use core::ptr::{null, null_mut};
use pyrs_core::{Res, Value, Vm};
use std::ffi::CString;

unsafe extern "C" {
    fn gethostbyname_r(
        name: *const c_char,
        ret: *mut libc::hostent,
        buf: *mut c_char,
        len: libc::size_t,
        result: *mut *mut libc::hostent,
        error: *mut i32,
    ) -> i32;
    fn gethostbyaddr_r(
        address: *const core::ffi::c_void,
        length: libc::socklen_t,
        family: i32,
        ret: *mut libc::hostent,
        buf: *mut c_char,
        len: libc::size_t,
        result: *mut *mut libc::hostent,
        error: *mut i32,
    ) -> i32;
}

/// A host's name for the resolver.
pub(super) type Host = CString;

/// A host name argument: str (non-ASCII names in the encoding of PEP 3490's domain names), bytes or bytearray.
pub(super) fn host_argument(vm: &Vm, v: Value, function: Option<&str>) -> Res<Host> {
    let data = if let Some(s) = vm.as_str(v) {
        match s.points().as_ascii() {
            Some(b) => b.to_vec(),
            None => match vm.catch(idna(vm, v), vm.exc().value_error)? {
                Some(data) => data,
                None => return Err(vm.type_error("encoding of hostname failed")),
            },
        }
    } else if let Some(b) = vm.bytes_buffer(v) {
        b.to_vec()
    } else {
        let kinds = "str, bytes or bytearray";
        let given = vm.type_name(v);
        return Err(vm.type_error(match function {
            Some(f) => format!("{f}() argument 1 must be {kinds}, not {given}"),
            None => format!("{kinds} expected, not {given}"),
        }));
    };
    CString::new(data).map_err(|_| vm.type_error("host name must not contain null character"))
}
/// The name of a str in ASCII, as the codec `idna` makes it.
fn idna(vm: &Vm, v: Value) -> Res<Vec<u8>> {
    let text = vm.as_str(v);
    if let Some(b) = text.as_ref().and_then(|s| s.points().as_ascii()) {
        let mut labels = b.split(|&c| c == b'.').rev();
        // The last label may be empty; the codec complains about the others.
        let last = labels.next().is_none_or(|l| l.len() < 64);
        if last && labels.all(|l| (1..64).contains(&l.len())) {
            return Ok(b.to_vec());
        }
    }
    let b = vm.call_method(v, "encode", &[vm.str("idna")?])?;
    Ok(vm.as_bytes(b).map_or_else(Vec::new, |b| b.data().to_vec()))
}

/// The list that `getaddrinfo(3)` gives, freed when dropped.
struct Found(*mut libc::addrinfo);
impl Drop for Found {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the list came from getaddrinfo and is freed once.
            unsafe { libc::freeaddrinfo(self.0) };
        }
    }
}
impl Found {
    fn iter(&self) -> impl Iterator<Item = &libc::addrinfo> {
        // SAFETY: a null-terminated list of valid nodes that lives as long as `self`.
        let first = unsafe { self.0.as_ref() };
        // SAFETY: as above.
        core::iter::successors(first, |i| unsafe { i.ai_next.as_ref() })
    }
    fn first(&self) -> Option<Address> {
        self.iter().next().map(address)
    }
}
fn address(i: &libc::addrinfo) -> Address {
    // SAFETY: the node's address has the length it says.
    unsafe { Address::copy(i.ai_addr, i.ai_addrlen) }
}
fn hints(family: i32, kind: i32, proto: i32, flags: i32) -> libc::addrinfo {
    // SAFETY: null pointers and numbers.
    let mut h: libc::addrinfo = unsafe { core::mem::zeroed() };
    (h.ai_family, h.ai_socktype, h.ai_protocol, h.ai_flags) = (family, kind, proto, flags);
    h
}
fn look_up(
    vm: &Vm,
    host: Option<&CStr>,
    service: Option<&CStr>,
    hints: &libc::addrinfo,
) -> Res<Found> {
    let (host, service) = (host.map_or(null(), CStr::as_ptr), service.map_or(null(), CStr::as_ptr));
    let (r, errno, found) = crate::gil::released(vm, || {
        let mut found = Found(null_mut());
        // SAFETY: null or C strings, and places of ours.
        let r = unsafe { libc::getaddrinfo(host, service, hints, &mut found.0) };
        (r, crate::os_error::last(), found)
    });
    if r != 0 { Err(gai_error(vm, r, errno)) } else { Ok(found) }
}
/// The address of a host: a number, a name, "" for any, "<broadcast>".
pub(super) fn resolve(vm: &Vm, host: &CStr, family: i32) -> Res<Address> {
    let name = host.to_bytes();
    if name.is_empty() {
        let h = hints(family, libc::SOCK_DGRAM, 0, libc::AI_PASSIVE);
        let found = look_up(vm, None, Some(c"0"), &h)?;
        if found.iter().count() > 1 {
            return Err(plain_error(vm, "wildcard resolved to multiple address"));
        }
        return found.first().ok_or_else(|| plain_error(vm, "unsupported address family"));
    }
    if name == b"<broadcast>" || name == b"255.255.255.255" {
        if family != libc::AF_INET && family != libc::AF_UNSPEC {
            return Err(plain_error(vm, "address family mismatched"));
        }
        return Ok(v4(libc::INADDR_BROADCAST));
    }
    if family != libc::AF_INET6
        && let Some(n) = super::convert::parse_v4(host)
    {
        return Ok(v4(u32::from_be_bytes(n)));
    }
    let h = hints(family, 0, 0, 0);
    let found = look_up(vm, Some(host), None, &h)?;
    found.first().ok_or_else(|| plain_error(vm, "unknown address family"))
}
fn v4(n: u32) -> Address {
    // SAFETY: plain numbers.
    let mut a: libc::sockaddr_in = unsafe { core::mem::zeroed() };
    a.sin_family = libc::AF_INET as libc::sa_family_t;
    a.sin_addr.s_addr = n.to_be();
    Address::of(a)
}

// ---- functions of the module
pub(super) fn getaddrinfo(vm: &Vm, a: &[Value]) -> Res {
    let c_string =
        |data: Vec<u8>| CString::new(data).map_err(|_| vm.value_error("embedded null character"));
    let host = if a[0].is_none() {
        None
    } else if vm.as_str(a[0]).is_some() {
        Some(c_string(idna(vm, a[0])?)?)
    } else if let Some(b) = vm.as_bytes(a[0]) {
        Some(c_string(b.data().to_vec())?)
    } else {
        return Err(vm.type_error("getaddrinfo() argument 1 must be string or None"));
    };
    let service = if vm.as_int(a[1]).is_some() || a[1].as_bool().is_some() {
        let n = vm.index(a[1])?;
        Some(c_string(vm.str_of(n)?.to_lossy().into_bytes())?)
    } else if let Some(s) = vm.as_str(a[1]) {
        Some(c_string(crate::posix::path::fs_encode(vm, s.points())?)?)
    } else if let Some(b) = vm.as_bytes(a[1]) {
        Some(c_string(b.data().to_vec())?)
    } else if a[1].is_none() {
        None
    } else {
        return Err(plain_error(vm, "Int or String expected"));
    };
    let h = hints(c_int(vm, a[2])?, c_int(vm, a[3])?, c_int(vm, a[4])?, c_int(vm, a[5])?);
    let found = look_up(vm, host.as_deref(), service.as_deref(), &h)?;
    let out = vm.new_list()?;
    for i in found.iter() {
        let name = if i.ai_canonname.is_null() {
            vm.str("")?
        } else {
            // SAFETY: a C string of the list.
            fs_decode(vm, unsafe { CStr::from_ptr(i.ai_canonname) }.to_bytes())?
        };
        let row = [
            vm.int(i.ai_family as i64)?,
            vm.int(i.ai_socktype as i64)?,
            vm.int(i.ai_protocol as i64)?,
            name,
            to_python(vm, &address(i), None)?,
        ];
        vm.list_append(out, vm.tuple(&row)?)?;
    }
    Ok(out.value())
}
pub(super) fn getnameinfo(vm: &Vm, a: &[Value]) -> Res {
    let Some(t) = vm.as_tuple(a[0]) else {
        return Err(vm.type_error("getnameinfo() argument 1 must be a tuple"));
    };
    let flags = c_int(vm, a[1])?;
    if !(2..=4).contains(&t.len()) {
        return Err(vm.type_error("getnameinfo(): illegal sockaddr argument"));
    }
    let Some(host) = vm.as_str(t.get(0)) else {
        return Err(vm.type_error("getnameinfo(): illegal sockaddr argument"));
    };
    let host = CString::new(crate::posix::path::fs_encode(vm, host.points())?)
        .map_err(|_| vm.value_error("embedded null character"))?;
    let port = c_int(vm, t.get(1))?;
    let (flow, scope) = flow_and_scope(vm, t, "getnameinfo(): ")?;
    let service = CString::new(port.to_string()).unwrap_or_default();
    // Numeric services only: no reading of databases here.
    let h = hints(libc::AF_UNSPEC, libc::SOCK_DGRAM, 0, libc::AI_NUMERICHOST);
    let found = look_up(vm, Some(&host), Some(&service), &h)?;
    if found.iter().count() > 1 {
        return Err(plain_error(vm, "sockaddr resolved to multiple addresses"));
    }
    let Some(mut at) = found.first() else {
        return Err(plain_error(vm, "unknown address family"));
    };
    match at.family() {
        libc::AF_INET if t.len() != 2 => {
            return Err(plain_error(vm, "IPv4 sockaddr must be 2 tuple"));
        }
        libc::AF_INET6 => {
            let mut n: libc::sockaddr_in6 = at.view();
            n.sin6_flowinfo = flow.to_be();
            n.sin6_scope_id = scope;
            at = Address::of(n);
        }
        _ => {}
    }
    let (r, errno, host, service) = crate::gil::released(vm, || {
        let (mut host, mut service) = ([0u8; 1025], [0u8; 32]);
        // SAFETY: an address and memory of ours of the sizes given.
        let r = unsafe {
            libc::getnameinfo(
                at.as_ptr(),
                at.len,
                host.as_mut_ptr().cast(),
                host.len() as _,
                service.as_mut_ptr().cast(),
                service.len() as _,
                flags,
            )
        };
        (r, crate::os_error::last(), host, service)
    });
    if r != 0 {
        return Err(gai_error(vm, r, errno));
    }
    let text = |b: &[u8]| fs_decode(vm, b.split(|&c| c == 0).next().unwrap_or(&[]));
    vm.tuple(&[text(&host)?, text(&service)?])
}
pub(super) fn gethostbyname(vm: &Vm, a: &[Value]) -> Res {
    let host = host_argument(vm, a[0], Some("gethostbyname"))?;
    host_text(vm, &resolve(vm, &host, libc::AF_INET)?)
}
/// Room for the answers of the `_r` functions.
const ROOM: usize = 16384;

pub(super) fn gethostbyname_ex(vm: &Vm, a: &[Value]) -> Res {
    let host = host_argument(vm, a[0], Some("gethostbyname_ex"))?;
    resolve(vm, &host, libc::AF_INET)?;
    host_entry(vm, |ret, buf, result, error| {
        // SAFETY: a C string and places of `host_entry`.
        unsafe { gethostbyname_r(host.as_ptr(), ret, buf, ROOM, result, error) }
    })
}
pub(super) fn gethostbyaddr(vm: &Vm, a: &[Value]) -> Res {
    let host = host_argument(vm, a[0], Some("gethostbyaddr"))?;
    let at = resolve(vm, &host, libc::AF_UNSPEC)?;
    let bytes = match at.family() {
        libc::AF_INET => at.view::<libc::sockaddr_in>().sin_addr.s_addr.to_ne_bytes().to_vec(),
        libc::AF_INET6 => at.view::<libc::sockaddr_in6>().sin6_addr.s6_addr.to_vec(),
        _ => return Err(plain_error(vm, "unsupported address family")),
    };
    host_entry(vm, |ret, buf, result, error| {
        let (p, n) = (bytes.as_ptr().cast(), bytes.len() as libc::socklen_t);
        // SAFETY: bytes of ours and places of `host_entry`.
        unsafe { gethostbyaddr_r(p, n, at.family(), ret, buf, ROOM, result, error) }
    })
}
type Place<T> = *mut T;
/// Calls `f` for a `hostent` and makes `(name, aliases, addresses)` of it.
fn host_entry(
    vm: &Vm,
    f: impl Fn(Place<libc::hostent>, *mut c_char, Place<*mut libc::hostent>, Place<i32>) -> i32,
) -> Res {
    let mut room = vec![0u8; ROOM];
    let p = room.as_mut_ptr();
    // SAFETY: null pointers and numbers.
    let mut entry: libc::hostent = unsafe { core::mem::zeroed() };
    let place = &raw mut entry;
    let (found, error) = crate::gil::released(vm, || {
        let (mut found, mut error) = (null_mut(), 0);
        f(place, p.cast(), &mut found, &mut error);
        (found, error)
    });
    if found.is_null() {
        return Err(herror(vm, error));
    }
    let (aliases, addresses) = (vm.new_list()?, vm.new_list()?);
    // SAFETY: the entry's strings and null-terminated lists lie in `room`.
    unsafe {
        let mut at = entry.h_aliases;
        while !at.is_null() && !(*at).is_null() {
            vm.list_append(aliases, fs_decode(vm, CStr::from_ptr(*at).to_bytes())?)?;
            at = at.add(1);
        }
        let mut at = entry.h_addr_list;
        while !at.is_null() && !(*at).is_null() {
            let bytes = core::slice::from_raw_parts((*at).cast::<u8>(), entry.h_length as usize);
            let text = match *bytes {
                [a, b, c, d] => format!("{a}.{b}.{c}.{d}"),
                _ => match <[u8; 16]>::try_from(bytes) {
                    Ok(b) => super::convert::v6_text(b),
                    Err(_) => return Err(plain_error(vm, "unsupported address family")),
                },
            };
            vm.list_append(addresses, vm.str(&text)?)?;
            at = at.add(1);
        }
        let name = fs_decode(vm, CStr::from_ptr(entry.h_name).to_bytes())?;
        vm.tuple(&[name, aliases.value(), addresses.value()])
    }
}

// ---- services and protocols
fn text_argument(vm: &Vm, v: Value, function: &str, n: usize) -> Res<CString> {
    let Some(s) = vm.as_str(v) else {
        let given = if v.is_none() { "None".to_owned() } else { vm.type_name(v) };
        return Err(vm.type_error(format!("{function}() argument {n} must be str, not {given}")));
    };
    let data = crate::posix::path::fs_encode(vm, s.points())?;
    CString::new(data).map_err(|_| vm.value_error("embedded null character"))
}
fn protocol_argument(vm: &Vm, v: Value, function: &str) -> Res<Option<CString>> {
    if v.is_unbound() { Ok(None) } else { text_argument(vm, v, function, 2).map(Some) }
}
/// These functions answer in static memory: the interpreter lock is kept, so that one thread asks at a time.
pub(super) fn getservbyname(vm: &Vm, a: &[Value]) -> Res {
    let name = text_argument(vm, a[0], "getservbyname", 1)?;
    let proto = protocol_argument(vm, a[1], "getservbyname")?;
    let proto = proto.as_deref().map_or(null(), CStr::as_ptr);
    // SAFETY: C strings or null.
    match unsafe { libc::getservbyname(name.as_ptr(), proto).as_ref() } {
        None => Err(plain_error(vm, "service/proto not found")),
        Some(s) => vm.int(u16::from_be(s.s_port as u16) as i64),
    }
}
pub(super) fn getservbyport(vm: &Vm, a: &[Value]) -> Res {
    let port = c_int(vm, a[0])?;
    let proto = protocol_argument(vm, a[1], "getservbyport")?;
    let Ok(port) = u16::try_from(port) else {
        return Err(vm.overflow_error("getservbyport: port must be 0-65535."));
    };
    let proto = proto.as_deref().map_or(null(), CStr::as_ptr);
    // SAFETY: a C string or null.
    match unsafe { libc::getservbyport(port.to_be() as i32, proto).as_ref() } {
        None => Err(plain_error(vm, "port/proto not found")),
        // SAFETY: the entry's name is a C string.
        Some(s) => fs_decode(vm, unsafe { CStr::from_ptr(s.s_name) }.to_bytes()),
    }
}
pub(super) fn getprotobyname(vm: &Vm, a: &[Value]) -> Res {
    let name = text_argument(vm, a[0], "getprotobyname", 1)?;
    // SAFETY: a C string.
    match unsafe { libc::getprotobyname(name.as_ptr()).as_ref() } {
        None => Err(plain_error(vm, "protocol not found")),
        Some(p) => vm.int(p.p_proto as i64),
    }
}

// ---- interfaces and this host
pub(super) fn if_nameindex(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: takes nothing.
    let all = unsafe { libc::if_nameindex() };
    if all.is_null() {
        return Err(os_error(vm, crate::os_error::last(), None));
    }
    let mut rows = Vec::new();
    // SAFETY: an array that ends with index 0 and a null name.
    unsafe {
        let mut at = all;
        while (*at).if_index != 0 && !(*at).if_name.is_null() {
            rows.push(((*at).if_index, CStr::from_ptr((*at).if_name).to_owned()));
            at = at.add(1);
        }
        libc::if_freenameindex(all);
    }
    let out = vm.new_list()?;
    for (index, name) in rows {
        let row = [vm.int(index as i64)?, fs_decode(vm, name.to_bytes())?];
        vm.list_append(out, vm.tuple(&row)?)?;
    }
    Ok(out.value())
}
pub(super) fn if_nametoindex(vm: &Vm, a: &[Value]) -> Res {
    let p = crate::posix::path::fspath(vm, a[0])?;
    let data = match vm.as_str(p) {
        Some(s) => crate::posix::path::fs_encode(vm, s.points())?,
        None => vm.as_bytes(p).map_or_else(Vec::new, |b| b.data().to_vec()),
    };
    let name = CString::new(data).map_err(|_| vm.value_error("embedded null byte"))?;
    // SAFETY: a C string.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(os_error(vm, crate::os_error::last(), None)),
        n => vm.int(n as i64),
    }
}
pub(super) fn if_indextoname(vm: &Vm, a: &[Value]) -> Res {
    let index = super::convert::unsigned(vm, a[0], 32, "unsigned int")? as u32;
    let mut room = [0u8; libc::IF_NAMESIZE];
    // SAFETY: room for IF_NAMESIZE bytes.
    if unsafe { libc::if_indextoname(index, room.as_mut_ptr().cast()) }.is_null() {
        return Err(os_error(vm, crate::os_error::last(), None));
    }
    fs_decode(vm, room.split(|&c| c == 0).next().unwrap_or(&[]))
}
pub(super) fn gethostname(vm: &Vm, _: &[Value]) -> Res {
    let mut room = [0u8; 1025];
    // SAFETY: memory of ours; one byte is left for the end.
    let r = unsafe { libc::gethostname(room.as_mut_ptr().cast(), room.len() - 1) };
    crate::os_error::direct(vm, r)?;
    fs_decode(vm, room.split(|&c| c == 0).next().unwrap_or(&[]))
}
pub(super) fn sethostname(vm: &Vm, a: &[Value]) -> Res {
    let p = crate::posix::path::fspath(vm, a[0])?;
    let data = match vm.as_str(p) {
        Some(s) => crate::posix::path::fs_encode(vm, s.points())?,
        None => vm.as_bytes(p).map_or_else(Vec::new, |b| b.data().to_vec()),
    };
    // SAFETY: bytes of ours and their number.
    let r = unsafe { libc::sethostname(data.as_ptr().cast(), data.len()) };
    crate::os_error::direct(vm, r)?;
    Ok(Value::NONE)
}
