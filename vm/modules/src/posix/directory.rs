//! Directories and names in them: `listdir`, `scandir`, `mkdir`, `rename`, links.

use super::path::{Admit, PathArg, c_int, dir_fd, fs_decode, path};
use super::stat::stat_result;
use crate::os_error::{last, os_error, os_error_two, system_call};
use core::cell::{Cell, UnsafeCell};
use core::ptr::NonNull;
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};

pub(super) static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "listdir",
        "(path=None)",
        listdir,
        "Return a list containing the names of the files in the directory.",
    ),
    NativeDef::function(
        "scandir",
        "(path=None)",
        scandir,
        "Return an iterator of DirEntry objects for given path.",
    ),
    NativeDef::function("mkdir", "(path, mode=511, *, dir_fd=None)", mkdir, "Create a directory."),
    NativeDef::function("rmdir", "(path, *, dir_fd=None)", rmdir, "Remove a directory."),
    NativeDef::function(
        "unlink",
        "(path, *, dir_fd=None)",
        unlink,
        "Remove a file (same as remove()).",
    ),
    NativeDef::function(
        "remove",
        "(path, *, dir_fd=None)",
        remove,
        "Remove a file (same as unlink()).",
    ),
    NativeDef::function(
        "rename",
        "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        rename,
        "Rename a file or directory.",
    ),
    NativeDef::function(
        "replace",
        "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        replace,
        "Rename a file or directory, overwriting the destination.",
    ),
    NativeDef::function(
        "link",
        "(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)",
        link,
        "Create a hard link to a file.",
    ),
    NativeDef::function(
        "symlink",
        "(src, dst, target_is_directory=False, *, dir_fd=None)",
        symlink,
        "Create a symbolic link pointing to src named dst.",
    ),
    NativeDef::function(
        "readlink",
        "(path, *, dir_fd=None)",
        readlink,
        "Return a string representing the path to which the symbolic link points.",
    ),
    NativeDef::function(
        "mkfifo",
        "(path, mode=438, *, dir_fd=None)",
        mkfifo,
        "Create a \"fifo\" (a POSIX named pipe).",
    ),
    NativeDef::function(
        "mknod",
        "(path, mode=384, device=0, *, dir_fd=None)",
        mknod,
        "Create a node in the file system.",
    ),
    NativeDef::function(
        "getcwd",
        "()",
        getcwd,
        "Return a unicode string representing the current working directory.",
    ),
    NativeDef::function(
        "getcwdb",
        "()",
        getcwdb,
        "Return a bytes string representing the current working directory.",
    ),
    NativeDef::function(
        "chdir",
        "(path)",
        chdir,
        "Change the current working directory to the specified path.",
    ),
    NativeDef::function(
        "fchdir",
        "(fd)",
        chdir,
        "Change to the directory of the given file descriptor.",
    ),
    NativeDef::function("chroot", "(path)", chroot, "Change root directory to path."),
];

/// An open directory that is closed when dropped.
struct Directory(*mut libc::DIR);
impl Drop for Directory {
    fn drop(&mut self) {
        // SAFETY: opened by us, closed once.
        unsafe { libc::closedir(self.0) };
    }
}
impl Directory {
    fn open(vm: &Vm, p: &PathArg) -> Res<Directory> {
        let (dir, errno) = crate::gil::released(vm, || {
            let dir = match p.fd {
                Some(fd) => {
                    // SAFETY: F_DUPFD_CLOEXEC takes an int; fdopendir takes the copy over.
                    unsafe {
                        let copy = libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0);
                        if copy < 0 { core::ptr::null_mut() } else { libc::fdopendir(copy) }
                    }
                }
                // SAFETY: the name is a C string.
                None => unsafe { libc::opendir(p.ptr()) },
            };
            (dir, last())
        });
        if dir.is_null() {
            return Err(p.error(vm, errno));
        }
        if p.fd.is_some() {
            // SAFETY: an open directory.
            unsafe { libc::rewinddir(dir) };
        }
        Ok(Directory(dir))
    }
    /// The next entry that is not `.` or `..`: name, inode, type. The inner error is the errno.
    fn next(&self) -> Result<Option<(Vec<u8>, u64, u8)>, i32> {
        loop {
            // SAFETY: errno is a thread-local number; the directory is open.
            let e = unsafe {
                *libc::__errno_location() = 0;
                libc::readdir64(self.0)
            };
            if e.is_null() {
                return match last() {
                    0 => Ok(None),
                    n => Err(n),
                };
            }
            // SAFETY: an entry is valid until the next call; its name is a C string.
            let (name, inode, kind) = unsafe {
                let name = core::ffi::CStr::from_ptr((&raw const (*e).d_name).cast());
                (name.to_bytes().to_vec(), (*e).d_ino as u64, (*e).d_type)
            };
            if name != b"." && name != b".." {
                return Ok(Some((name, inode, kind)));
            }
        }
    }
}

fn listdir(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "listdir", "path", Admit::PathFdOrNone)?;
    let dir = Directory::open(vm, &p)?;
    let list = vm.new_list()?;
    loop {
        match dir.next() {
            Ok(None) => return Ok(list.value()),
            Ok(Some((name, ..))) => vm.list_append(list, p.answer(vm, &name)?)?,
            Err(e) => return Err(p.error(vm, e)),
        }
    }
}

// ---- scandir
/// The iterator `os.scandir` gives.
#[repr(C)]
struct ScanIter {
    header: Header,
    path: Slot,
    dir: Cell<*mut libc::DIR>,
    fd: Cell<i32>,
    bytes: Cell<bool>,
}
native_object!(ScanIter, "ScandirIterator", slots = 1, drop = drop_scan);
fn drop_scan(p: NonNull<Header>) {
    // SAFETY: the layout's drop is called with objects of that layout only.
    close_scan(unsafe { p.cast::<ScanIter>().as_ref() });
}
fn close_scan(s: &ScanIter) {
    let dir = s.dir.replace(core::ptr::null_mut());
    if !dir.is_null() {
        drop(Directory(dir));
    }
}
/// One entry of a directory.
#[repr(C)]
struct DirEntry {
    header: Header,
    name: Slot,
    path: Slot,
    stat: Slot,
    lstat: Slot,
    inode: Cell<u64>,
    kind: Cell<u8>,
    /// Descriptor of the directory when it was given as one, else -1.
    fd: Cell<i32>,
}
native_object!(DirEntry, "DirEntry", slots = 4);

static SCAN_ITER: ClassSpec = ClassSpec {
    name: "posix.ScandirIterator",
    layout: <ScanIter as Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method("__iter__", "(self, /)", |_, a| Ok(a[0]), "Implement iter(self)."),
        NativeDef::method("__next__", "(self, /)", scan_next, "Implement next(self)."),
        NativeDef::method("__enter__", "(self, /)", |_, a| Ok(a[0]), ""),
        NativeDef::method("__exit__", "(self, /, *args)", scan_close, ""),
        NativeDef::method("close", "(self, /)", scan_close, ""),
    ],
    getset: &[],
    fields: &[],
};
static DIR_ENTRY: ClassSpec = ClassSpec {
    name: "os.DirEntry",
    layout: <DirEntry as Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method(
            "is_dir",
            "(self, /, *, follow_symlinks=True)",
            entry_is_dir,
            "Return True if the entry is a directory; cached per entry.",
        ),
        NativeDef::method(
            "is_file",
            "(self, /, *, follow_symlinks=True)",
            entry_is_file,
            "Return True if the entry is a file; cached per entry.",
        ),
        NativeDef::method(
            "is_symlink",
            "(self, /)",
            entry_is_symlink,
            "Return True if the entry is a symbolic link; cached per entry.",
        ),
        NativeDef::method(
            "is_junction",
            "(self, /)",
            |_, _| Ok(Value::FALSE),
            "Return True if the entry is a junction; cached per entry.",
        ),
        NativeDef::method(
            "stat",
            "(self, /, *, follow_symlinks=True)",
            entry_stat,
            "Return stat_result object for the entry; cached per entry.",
        ),
        NativeDef::method(
            "inode",
            "(self, /)",
            entry_inode,
            "Return inode of the entry; cached per entry.",
        ),
        NativeDef::method(
            "__fspath__",
            "(self, /)",
            entry_fspath,
            "Returns the path for the entry.",
        ),
        NativeDef::method("__repr__", "(self, /)", entry_repr, "Return repr(self)."),
        NativeDef::class_method(
            "__class_getitem__",
            "(cls, object, /)",
            |vm, a| vm.generic_alias(a[0], a[1]),
            "See PEP 585",
        ),
    ],
    getset: &[
        GetSetDef::read_only(
            "name",
            |vm, v| Ok(entry(vm, v)?.name.get()),
            "the entry's base filename, relative to scandir() \"path\" argument",
        ),
        GetSetDef::read_only(
            "path",
            |vm, v| Ok(entry(vm, v)?.path.get()),
            "the entry's full path name",
        ),
    ],
    fields: &[],
};

pub(super) fn classes(vm: &Vm) -> Res {
    let it = vm.define_class(&SCAN_ITER, None)?;
    vm.set_hook("scandir_iterator", it.value());
    let entry = vm.define_class(&DIR_ENTRY, None)?;
    vm.set_hook("dir_entry", entry.value());
    Ok(entry.value())
}
fn hook_class(vm: &Vm, name: &str) -> Res<Gc<pyrs_core::object::Class>> {
    match vm.hook(name).and_then(|c| vm.as_class(c)) {
        Some(c) => Ok(c),
        None => Err(vm.system_error("posix is not initialised")),
    }
}
fn scandir(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "scandir", "path", Admit::PathFdOrNone)?;
    let dir = Directory::open(vm, &p)?;
    let class = hook_class(vm, "scandir_iterator")?;
    let o = vm.new_instance(class)?.value();
    let Some(s) = vm.cast::<ScanIter>(o) else {
        return Err(vm.system_error("not a scandir iterator"));
    };
    let shown = if a[0].is_none() {
        vm.str(".")?
    } else if p.fd.is_some() {
        Value::NONE
    } else {
        super::path::fspath(vm, a[0])?
    };
    s.path.set(&vm.heap, s, shown);
    s.bytes.set(p.bytes);
    s.fd.set(p.fd.unwrap_or(-1));
    s.dir.set(dir.0);
    core::mem::forget(dir);
    vm.heap.register_drop(s.erase());
    Ok(o)
}
fn scan_close(vm: &Vm, a: &[Value]) -> Res {
    if let Some(s) = vm.cast::<ScanIter>(a[0]) {
        close_scan(&s);
    }
    Ok(Value::NONE)
}
fn scan_next(vm: &Vm, a: &[Value]) -> Res {
    let Some(s) = vm.cast::<ScanIter>(a[0]) else { return Ok(Value::UNBOUND) };
    if s.dir.get().is_null() {
        return Ok(Value::UNBOUND);
    }
    let dir = core::mem::ManuallyDrop::new(Directory(s.dir.get()));
    match dir.next() {
        Ok(Some((name, inode, kind))) => {
            let shown = s.path.get();
            let answer = |b: &[u8]| if s.bytes.get() { vm.bytes(b) } else { fs_decode(vm, b) };
            let name_value = answer(&name)?;
            let full = if shown.is_none() {
                name_value
            } else {
                let base = path(vm, shown, "scandir", "path", Admit::Path)?;
                let mut full = base.name.into_bytes();
                if full.last().is_some_and(|&c| c != b'/') {
                    full.push(b'/');
                }
                full.extend_from_slice(&name);
                answer(&full)?
            };
            let class = hook_class(vm, "dir_entry")?;
            let e = vm.alloc(DirEntry {
                header: Header::new(class.root_shape.get(), 0),
                name: Slot::new(name_value),
                path: Slot::new(full),
                stat: Slot::new(Value::UNBOUND),
                lstat: Slot::new(Value::UNBOUND),
                inode: Cell::new(inode),
                kind: Cell::new(kind),
                fd: Cell::new(s.fd.get()),
            })?;
            Ok(e.value())
        }
        Ok(None) => {
            close_scan(&s);
            Ok(Value::UNBOUND)
        }
        Err(e) => {
            close_scan(&s);
            Err(os_error(vm, e, Some(s.path.get())))
        }
    }
}
fn entry(vm: &Vm, v: Value) -> Res<Gc<DirEntry>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a DirEntry is required"))
}
fn fetch_stat(vm: &Vm, e: Gc<DirEntry>, follow: bool) -> Res {
    let slot = if follow { &e.stat } else { &e.lstat };
    if !slot.is_unbound() {
        return Ok(slot.get());
    }
    if follow && e.kind.get() != libc::DT_LNK && e.kind.get() != libc::DT_UNKNOWN {
        let st = fetch_stat(vm, e, false)?;
        e.stat.set(&vm.heap, e, st);
        return Ok(st);
    }
    let p = path(vm, e.path.get(), "stat", "path", Admit::Path)?;
    let dir = if e.fd.get() >= 0 { e.fd.get() } else { libc::AT_FDCWD };
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: plain numbers.
    let st = UnsafeCell::new(unsafe { core::mem::zeroed::<libc::stat64>() });
    // SAFETY: the name is a C string, the structure is ours.
    let r = system_call(vm, || unsafe { libc::fstatat64(dir, p.ptr(), st.get(), flags) })?;
    r.map_err(|n| os_error(vm, n, Some(e.path.get())))?;
    let v = stat_result(vm, &st.into_inner())?;
    let slot = if follow { &e.stat } else { &e.lstat };
    slot.set(&vm.heap, e, v);
    Ok(v)
}
fn is_kind(vm: &Vm, v: Value, follow: bool, kind: u8, mode: u32) -> Res {
    let e = entry(vm, v)?;
    let k = e.kind.get();
    if k != libc::DT_UNKNOWN && !(k == libc::DT_LNK && follow) {
        return Ok(Value::bool(k == kind));
    }
    let st = match vm.catch(fetch_stat(vm, e, follow), vm.exc().file_not_found_error)? {
        Some(st) => st,
        None => return Ok(Value::FALSE),
    };
    let m = vm.get_attr(st, vm.intern("st_mode"))?;
    Ok(Value::bool(vm.int_i64(m)? as u32 & libc::S_IFMT == mode))
}
fn entry_is_dir(vm: &Vm, a: &[Value]) -> Res {
    is_kind(vm, a[0], vm.truth(a[1])?, libc::DT_DIR, libc::S_IFDIR)
}
fn entry_is_file(vm: &Vm, a: &[Value]) -> Res {
    is_kind(vm, a[0], vm.truth(a[1])?, libc::DT_REG, libc::S_IFREG)
}
fn entry_is_symlink(vm: &Vm, a: &[Value]) -> Res {
    is_kind(vm, a[0], false, libc::DT_LNK, libc::S_IFLNK)
}
fn entry_stat(vm: &Vm, a: &[Value]) -> Res {
    fetch_stat(vm, entry(vm, a[0])?, vm.truth(a[1])?)
}
fn entry_inode(vm: &Vm, a: &[Value]) -> Res {
    vm.int_from_u64(entry(vm, a[0])?.inode.get())
}
fn entry_fspath(vm: &Vm, a: &[Value]) -> Res {
    Ok(entry(vm, a[0])?.path.get())
}
fn entry_repr(vm: &Vm, a: &[Value]) -> Res {
    let name = vm.repr(entry(vm, a[0])?.name.get())?;
    let mut b = pyrs_text::StrBuilder::from("<DirEntry ");
    b.push_points(name.points());
    b.push_str(">");
    Ok(vm.new_str_builder(&b)?.value())
}

// ---- single names
/// Makes a call about one path; the answer is None.
fn on_path(vm: &Vm, p: &PathArg, f: impl Fn(*const libc::c_char) -> i32) -> Res {
    system_call(vm, || f(p.ptr()))?.map_err(|e| p.error(vm, e))?;
    Ok(Value::NONE)
}
fn mkdir(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "mkdir", "path", Admit::Path)?;
    let (mode, dir) = (c_int(vm, a[1])? as libc::mode_t, dir_fd(vm, a[2])?);
    // SAFETY: the name is a C string.
    on_path(vm, &p, |n| unsafe { libc::mkdirat(dir, n, mode) })
}
fn unlink_at(vm: &Vm, function: &str, a: &[Value], flags: i32) -> Res {
    let p = path(vm, a[0], function, "path", Admit::Path)?;
    let dir = dir_fd(vm, a[1])?;
    // SAFETY: the name is a C string.
    on_path(vm, &p, |n| unsafe { libc::unlinkat(dir, n, flags) })
}
fn rmdir(vm: &Vm, a: &[Value]) -> Res {
    unlink_at(vm, "rmdir", a, libc::AT_REMOVEDIR)
}
fn unlink(vm: &Vm, a: &[Value]) -> Res {
    unlink_at(vm, "unlink", a, 0)
}
fn remove(vm: &Vm, a: &[Value]) -> Res {
    unlink_at(vm, "remove", a, 0)
}
fn mkfifo(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "mkfifo", "path", Admit::Path)?;
    let (mode, dir) = (c_int(vm, a[1])? as libc::mode_t, dir_fd(vm, a[2])?);
    // SAFETY: the name is a C string.
    on_path(vm, &p, |n| unsafe { libc::mkfifoat(dir, n, mode) })
}
fn mknod(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "mknod", "path", Admit::Path)?;
    let (mode, device, dir) =
        (c_int(vm, a[1])? as libc::mode_t, vm.int_i64(a[2])?, dir_fd(vm, a[3])?);
    // SAFETY: the name is a C string.
    on_path(vm, &p, |n| unsafe { libc::mknodat(dir, n, mode, device as libc::dev_t) })
}
fn chdir(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "chdir", "path", Admit::PathOrFd)?;
    // SAFETY: a number, or a C string.
    on_path(vm, &p, |n| unsafe { p.fd.map_or_else(|| libc::chdir(n), |fd| libc::fchdir(fd)) })
}
fn chroot(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "chroot", "path", Admit::Path)?;
    // SAFETY: the name is a C string.
    on_path(vm, &p, |n| unsafe { libc::chroot(n) })
}
/// Makes a call about two paths; the answer is None.
fn on_paths(vm: &Vm, p: &PathArg, q: &PathArg, f: impl Fn() -> i32) -> Res {
    match system_call(vm, f)? {
        Ok(_) => Ok(Value::NONE),
        Err(e) => Err(os_error_two(vm, e, Some(p.object), Some(q.object))),
    }
}
fn rename_as(vm: &Vm, function: &str, a: &[Value]) -> Res {
    let p = path(vm, a[0], function, "src", Admit::Path)?;
    let q = path(vm, a[1], function, "dst", Admit::Path)?;
    let (d, e) = (dir_fd(vm, a[2])?, dir_fd(vm, a[3])?);
    // SAFETY: both names are C strings.
    on_paths(vm, &p, &q, || unsafe { libc::renameat(d, p.ptr(), e, q.ptr()) })
}
fn rename(vm: &Vm, a: &[Value]) -> Res {
    rename_as(vm, "rename", a)
}
fn replace(vm: &Vm, a: &[Value]) -> Res {
    rename_as(vm, "replace", a)
}
fn link(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "link", "src", Admit::Path)?;
    let q = path(vm, a[1], "link", "dst", Admit::Path)?;
    let (d, e) = (dir_fd(vm, a[2])?, dir_fd(vm, a[3])?);
    let flags = if vm.truth(a[4])? { libc::AT_SYMLINK_FOLLOW } else { 0 };
    // SAFETY: both names are C strings.
    on_paths(vm, &p, &q, || unsafe { libc::linkat(d, p.ptr(), e, q.ptr(), flags) })
}
fn symlink(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "symlink", "src", Admit::Path)?;
    let q = path(vm, a[1], "symlink", "dst", Admit::Path)?;
    let dir = dir_fd(vm, a[3])?;
    // SAFETY: both names are C strings.
    on_paths(vm, &p, &q, || unsafe { libc::symlinkat(p.ptr(), dir, q.ptr()) })
}
fn readlink(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "readlink", "path", Admit::Path)?;
    let dir = dir_fd(vm, a[1])?;
    let buffer = UnsafeCell::new([0u8; 4096]);
    let r = system_call(vm, || {
        // SAFETY: the name is a C string, the buffer has the length given.
        unsafe { libc::readlinkat(dir, p.ptr(), buffer.get().cast(), 4096) }
    })?;
    let n = r.map_err(|e| p.error(vm, e))? as usize;
    p.answer(vm, &buffer.into_inner()[..n])
}
fn working_directory(vm: &Vm) -> Res<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    match std::env::current_dir() {
        Ok(p) => Ok(p.into_os_string().into_vec()),
        Err(e) => Err(os_error(vm, e.raw_os_error().unwrap_or(libc::EIO), None)),
    }
}
fn getcwd(vm: &Vm, _: &[Value]) -> Res {
    fs_decode(vm, &working_directory(vm)?)
}
fn getcwdb(vm: &Vm, _: &[Value]) -> Res {
    vm.bytes(&working_directory(vm)?)
}
