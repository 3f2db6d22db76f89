//! Socket addresses: Python's tuples, str and bytes to the system's structures and back.

use super::names::{Host, host_argument, resolve};
use super::{object::Socket, plain_error};
use crate::posix::path::{c_int, fs_decode, fs_encode};
use pyrs_core::object::Tuple;
use pyrs_core::{Gc, Raised, Res, Value, Vm};

/// An address of any family, as the system takes and gives it.
#[derive(Clone, Copy)]
pub(super) struct Address {
    storage: libc::sockaddr_storage,
    /// Bytes used, or room for an answer.
    pub len: libc::socklen_t,
}
const ROOM: libc::socklen_t = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
/// Where a Unix address's path begins.
const PATH: usize = core::mem::offset_of!(libc::sockaddr_un, sun_path);

impl Address {
    /// Room for an answer of the system's.
    pub fn room() -> Address {
        // SAFETY: plain numbers.
        Address { storage: unsafe { core::mem::zeroed() }, len: ROOM }
    }
    /// From a structure of one family.
    pub fn new<T: Copy>(t: T, len: usize) -> Address {
        const { assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>()) };
        let mut a = Address::room();
        // SAFETY: the storage has room and alignment for every address structure.
        unsafe { core::ptr::write((&raw mut a.storage).cast(), t) };
        a.len = len as libc::socklen_t;
        a
    }
    pub fn of<T: Copy>(t: T) -> Address {
        Address::new(t, size_of::<T>())
    }
    /// A copy of `len` bytes that the system gave.
    ///
    /// # Safety
    /// `p` points to `len` readable bytes.
    pub unsafe fn copy(p: *const libc::sockaddr, len: libc::socklen_t) -> Address {
        let mut a = Address::room();
        a.len = len.min(ROOM);
        // SAFETY: the caller's promise; both have room.
        unsafe {
            core::ptr::copy_nonoverlapping(
                p.cast::<u8>(),
                (&raw mut a.storage).cast::<u8>(),
                a.len as usize,
            )
        };
        a
    }
    pub fn as_ptr(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }
    pub fn as_mut_ptr(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.storage).cast()
    }
    pub fn family(&self) -> i32 {
        self.storage.ss_family as i32
    }
    /// The structure of one family. Bytes the system did not give are zero.
    pub fn view<T: Copy>(&self) -> T {
        const { assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>()) };
        // SAFETY: address structures are plain numbers; the storage has size and alignment for them.
        unsafe { core::ptr::read((&raw const self.storage).cast()) }
    }
    pub fn bytes(&self) -> &[u8] {
        let n = (self.len as usize).min(ROOM as usize);
        // SAFETY: within the storage.
        unsafe { core::slice::from_raw_parts((&raw const self.storage).cast(), n) }
    }
}

// ---- to Python
/// What `getsockname` and its kin return. `fd`: any socket, to ask the system for the names of interfaces.
pub(super) fn to_python(vm: &Vm, a: &Address, fd: Option<i32>) -> Res {
    if a.len == 0 {
        return Ok(Value::NONE);
    }
    match a.family() {
        libc::AF_INET => {
            let port = u16::from_be(a.view::<libc::sockaddr_in>().sin_port);
            vm.tuple(&[host_text(vm, a)?, vm.int(port as i64)?])
        }
        libc::AF_INET6 => {
            let s: libc::sockaddr_in6 = a.view();
            vm.tuple(&[
                host_text(vm, a)?,
                vm.int(u16::from_be(s.sin6_port) as i64)?,
                vm.int(u32::from_be(s.sin6_flowinfo) as i64)?,
                vm.int(s.sin6_scope_id as i64)?,
            ])
        }
        libc::AF_UNIX => {
            let path = a.bytes().get(PATH..).unwrap_or(&[]);
            if path.first() == Some(&0) {
                return vm.bytes(path);
            }
            fs_decode(vm, path.split(|&c| c == 0).next().unwrap_or(&[]))
        }
        libc::AF_NETLINK => {
            let s: libc::sockaddr_nl = a.view();
            vm.tuple(&[vm.int(s.nl_pid as i64)?, vm.int(s.nl_groups as i64)?])
        }
        libc::AF_VSOCK => {
            let s: libc::sockaddr_vm = a.view();
            vm.tuple(&[vm.int(s.svm_cid as i64)?, vm.int(s.svm_port as i64)?])
        }
        libc::AF_PACKET => packet_to_python(vm, a),
        libc::AF_CAN => {
            let s: libc::sockaddr_can = a.view();
            let name = interface_name(s.can_ifindex as u32);
            vm.tuple(&[fs_decode(vm, &name)?])
        }
        family => {
            let _ = fd;
            let data = a.bytes().get(2..).unwrap_or(&[]);
            vm.tuple(&[vm.int(family as i64)?, vm.bytes(data)?])
        }
    }
}
fn packet_to_python(vm: &Vm, a: &Address) -> Res {
    let s: libc::sockaddr_ll = a.view();
    let name = if s.sll_ifindex == 0 { Vec::new() } else { interface_name(s.sll_ifindex as u32) };
    let hardware = &s.sll_addr[..(s.sll_halen as usize).min(s.sll_addr.len())];
    vm.tuple(&[
        fs_decode(vm, &name)?,
        vm.int(u16::from_be(s.sll_protocol) as i64)?,
        vm.int(s.sll_pkttype as i64)?,
        vm.int(s.sll_hatype as i64)?,
        vm.bytes(hardware)?,
    ])
}
/// An interface's name; empty if there is none of that number.
fn interface_name(index: u32) -> Vec<u8> {
    let mut room = [0u8; libc::IF_NAMESIZE];
    // SAFETY: room for IF_NAMESIZE bytes.
    let p = unsafe { libc::if_indextoname(index, room.as_mut_ptr().cast()) };
    if p.is_null() {
        return Vec::new();
    }
    room.split(|&c| c == 0).next().unwrap_or(&[]).to_vec()
}
/// The numeric host part of an Internet address.
pub(super) fn host_text(vm: &Vm, a: &Address) -> Res {
    match a.family() {
        libc::AF_INET => {
            let n = u32::from_be(a.view::<libc::sockaddr_in>().sin_addr.s_addr);
            vm.str(&std::net::Ipv4Addr::from(n).to_string())
        }
        libc::AF_INET6 => {
            vm.str(&super::convert::v6_text(a.view::<libc::sockaddr_in6>().sin6_addr.s6_addr))
        }
        _ => Err(plain_error(vm, "unsupported address family")),
    }
}

// ---- from Python
/// The address argument of a method of the socket `s`.
pub(super) fn from_python(vm: &Vm, s: &Socket, v: Value, function: &str) -> Res<Address> {
    match s.family.get() {
        libc::AF_UNIX => unix(vm, v),
        libc::AF_INET => inet(vm, v, function),
        libc::AF_INET6 => inet6(vm, v, function),
        libc::AF_NETLINK => {
            let t = tuple(vm, v, function, "AF_NETLINK")?;
            let [pid, groups] = numbers(vm, t, "AF_NETLINK address must be a pair (pid, groups)")?;
            // SAFETY: plain numbers.
            let mut n: libc::sockaddr_nl = unsafe { core::mem::zeroed() };
            n.nl_family = libc::AF_NETLINK as libc::sa_family_t;
            (n.nl_pid, n.nl_groups) = (pid, groups);
            Ok(Address::of(n))
        }
        libc::AF_VSOCK => {
            let t = tuple(vm, v, function, "AF_VSOCK")?;
            let [cid, port] = numbers(vm, t, "AF_VSOCK address must be a pair (CID, port)")?;
            // SAFETY: plain numbers.
            let mut n: libc::sockaddr_vm = unsafe { core::mem::zeroed() };
            n.svm_family = libc::AF_VSOCK as libc::sa_family_t;
            (n.svm_cid, n.svm_port) = (cid, port);
            Ok(Address::of(n))
        }
        libc::AF_PACKET => packet(vm, v, function),
        libc::AF_CAN => can(vm, s, v, function),
        libc::AF_ALG => alg(vm, v, function),
        _ => Err(plain_error(vm, format!("{function}(): bad family"))),
    }
}
fn tuple(vm: &Vm, v: Value, function: &str, family: &str) -> Res<Gc<Tuple>> {
    vm.as_tuple(v).ok_or_else(|| {
        vm.type_error(format!(
            "{function}(): {family} address must be tuple, not {}",
            vm.type_name(v)
        ))
    })
}
fn numbers(vm: &Vm, t: Gc<Tuple>, message: &str) -> Res<[u32; 2]> {
    if t.len() != 2 {
        return Err(vm.type_error(message));
    }
    // As C's unsigned conversion: modulo 2**32.
    Ok([vm.int_i64(t.get(0))? as u32, vm.int_i64(t.get(1))? as u32])
}
/// The bytes of a str (in the file system's encoding) or bytes-like argument.
fn text_or_bytes(vm: &Vm, v: Value) -> Res<Vec<u8>> {
    match vm.as_str(v) {
        Some(t) => fs_encode(vm, t.points()),
        None => Ok(vm.buffer(v, false)?.to_vec()),
    }
}
fn unix(vm: &Vm, v: Value) -> Res<Address> {
    let path = text_or_bytes(vm, v)?;
    // SAFETY: plain numbers.
    let mut n: libc::sockaddr_un = unsafe { core::mem::zeroed() };
    // Paths end with a zero byte; abstract names (and the empty name: the system chooses one) do not.
    let is_abstract = path.first().is_none_or(|&c| c == 0);
    let len = path.len() + usize::from(!is_abstract);
    if len > n.sun_path.len() {
        return Err(plain_error(vm, "AF_UNIX path too long"));
    }
    n.sun_family = libc::AF_UNIX as libc::sa_family_t;
    for (to, &from) in n.sun_path.iter_mut().zip(&path) {
        *to = from as libc::c_char;
    }
    Ok(Address::new(n, PATH + len))
}
/// A port number, in range.
fn port(vm: &Vm, v: Value, function: &str) -> Res<u16> {
    let out_of_range = || vm.overflow_error(format!("{function}(): port must be 0-65535."));
    match vm.catch(c_int(vm, v), vm.exc().overflow_error)? {
        Some(n) => u16::try_from(n).map_err(|_| out_of_range()),
        None => Err(out_of_range()),
    }
}
fn inet(vm: &Vm, v: Value, function: &str) -> Res<Address> {
    let t = tuple(vm, v, function, "AF_INET")?;
    if t.len() != 2 {
        return Err(vm.type_error("AF_INET address must be a pair (host, port)"));
    }
    let host = host_argument(vm, t.get(0), None)?;
    let port = port(vm, t.get(1), function)?;
    let found = resolve(vm, &host, libc::AF_INET)?;
    let mut n: libc::sockaddr_in = found.view();
    n.sin_family = libc::AF_INET as libc::sa_family_t;
    n.sin_port = port.to_be();
    Ok(Address::of(n))
}
fn inet6(vm: &Vm, v: Value, function: &str) -> Res<Address> {
    let t = tuple(vm, v, function, "AF_INET6")?;
    if !(2..=4).contains(&t.len()) {
        return Err(
            vm.type_error("AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])")
        );
    }
    let host: Host = host_argument(vm, t.get(0), None)?;
    let port = port(vm, t.get(1), function)?;
    let (flow, scope) = flow_and_scope(vm, t, &format!("{function}(): "))?;
    let found = resolve(vm, &host, libc::AF_INET6)?;
    let mut n: libc::sockaddr_in6 = found.view();
    n.sin6_family = libc::AF_INET6 as libc::sa_family_t;
    n.sin6_port = port.to_be();
    n.sin6_flowinfo = flow.to_be();
    n.sin6_scope_id = scope;
    Ok(Address::of(n))
}
/// The third and fourth item of an IPv6 address.
pub(super) fn flow_and_scope(vm: &Vm, t: Gc<Tuple>, place: &str) -> Res<(u32, u32)> {
    let item = |i: usize| -> Res<u32> {
        if i < t.len() { Ok(vm.int_i64(t.get(i))? as u32) } else { Ok(0) }
    };
    let (flow, scope) = (item(2)?, item(3)?);
    if flow > 0xfffff {
        let text: Raised = vm.overflow_error(format!("{place}flowinfo must be 0-1048575."));
        return Err(text);
    }
    Ok((flow, scope))
}
/// The number of the interface called `v` (str or bytes); 0 for the empty name.
fn interface_index(vm: &Vm, v: Value) -> Res<i32> {
    let name = text_or_bytes(vm, v)?;
    if name.is_empty() {
        return Ok(0);
    }
    let name = std::ffi::CString::new(name).map_err(|_| vm.value_error("embedded null byte"))?;
    // SAFETY: a C string.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(crate::os_error::os_error(vm, crate::os_error::last(), None)),
        n => Ok(n as i32),
    }
}
fn packet(vm: &Vm, v: Value, function: &str) -> Res<Address> {
    let t = tuple(vm, v, function, "AF_PACKET")?;
    if !(2..=5).contains(&t.len()) {
        return Err(vm.type_error("AF_PACKET address must be a tuple of two to five elements"));
    }
    let proto = c_int(vm, t.get(1))?;
    let Ok(proto) = u16::try_from(proto) else {
        return Err(vm.overflow_error(format!("{function}(): proto must be 0-65535.")));
    };
    let optional = |i: usize| if i < t.len() { c_int(vm, t.get(i)) } else { Ok(0) };
    let (kind, hardware) = (optional(2)?, optional(3)?);
    let address = if t.len() > 4 { vm.buffer(t.get(4), false)?.to_vec() } else { Vec::new() };
    if address.len() > 8 {
        return Err(vm.value_error("Hardware address must be 8 bytes or less"));
    }
    // SAFETY: plain numbers.
    let mut n: libc::sockaddr_ll = unsafe { core::mem::zeroed() };
    n.sll_family = libc::AF_PACKET as libc::sa_family_t;
    n.sll_protocol = proto.to_be();
    n.sll_ifindex = interface_index(vm, t.get(0))?;
    n.sll_pkttype = kind as u8;
    n.sll_hatype = hardware as u16;
    n.sll_halen = address.len() as u8;
    n.sll_addr[..address.len()].copy_from_slice(&address);
    Ok(Address::of(n))
}
fn can(vm: &Vm, s: &Socket, v: Value, function: &str) -> Res<Address> {
    if !matches!(s.proto.get(), libc::CAN_RAW | libc::CAN_BCM) {
        return Err(plain_error(vm, format!("{function}(): unsupported CAN protocol")));
    }
    let t = tuple(vm, v, function, "AF_CAN")?;
    if t.len() != 1 {
        return Err(vm.type_error("AF_CAN address must be a tuple (interface, )"));
    }
    // SAFETY: plain numbers.
    let mut n: libc::sockaddr_can = unsafe { core::mem::zeroed() };
    n.can_family = libc::AF_CAN as libc::sa_family_t;
    n.can_ifindex = interface_index(vm, t.get(0))?;
    Ok(Address::of(n))
}
fn alg(vm: &Vm, v: Value, function: &str) -> Res<Address> {
    let t = tuple(vm, v, function, "AF_ALG")?;
    if !(2..=4).contains(&t.len()) {
        return Err(vm.type_error("AF_ALG address must be a tuple (type, name[, feat[, mask]])"));
    }
    let text = |i: usize, room: usize, what: &str| -> Res<Vec<u8>> {
        let Some(s) = vm.as_str(t.get(i)) else {
            return Err(vm.type_error(format!(
                "AF_ALG address must be a tuple (type, name[, feat[, mask]]), not {}",
                vm.type_name(t.get(i))
            )));
        };
        let data = fs_encode(vm, s.points())?;
        if data.len() >= room {
            return Err(vm.value_error(format!("AF_ALG {what} too long.")));
        }
        Ok(data)
    };
    let optional = |i: usize| -> Res<u32> {
        if i < t.len() { Ok(vm.int_i64(t.get(i))? as u32) } else { Ok(0) }
    };
    // SAFETY: plain numbers.
    let mut n: libc::sockaddr_alg = unsafe { core::mem::zeroed() };
    n.salg_family = libc::AF_ALG as libc::sa_family_t;
    let (kind, name) = (text(0, n.salg_type.len(), "type")?, text(1, n.salg_name.len(), "name")?);
    n.salg_type[..kind.len()].copy_from_slice(&kind);
    n.salg_name[..name.len()].copy_from_slice(&name);
    (n.salg_feat, n.salg_mask) = (optional(2)?, optional(3)?);
    Ok(Address::of(n))
}
