//! The CPUs that pyrs is built and tested for: one row each, everything else is derived from it.
//!
//! A row joins what rustc, Debian, the cross compiler and qemu call the same machine. The cross set-up
//! (`cross.rs`), `ci/test --list` and the table in `docs/testing.md` read it; a new CPU is a new row.
//!
//! kind: table
//!
//! Words: *short name* is what people type (`ci/test --target armv7`); *oldest* and *newest* are the models
//! given to qemu's `-cpu`: the oldest one that the Rust target promises to run on and qemu runs rightly, and the
//! newest one.

/// Byte order of a CPU as the Rust target uses it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    Little,
    Big,
}

/// One CPU of the matrix.
#[derive(Debug)]
pub struct Target {
    /// Rust's name of the target.
    pub triple: &'static str,
    /// The name used on the command line.
    pub short: &'static str,
    /// Debian's name of the architecture.
    pub debian: &'static str,
    /// Debian packages with the cross compiler and the C library.
    pub packages: &'static [&'static str],
    /// The program that links.
    pub linker: &'static str,
    /// The user-mode emulator.
    pub qemu: &'static str,
    /// Where Debian puts the CPU's shared libraries; qemu's `-L`.
    pub sysroot: &'static str,
    /// qemu's model nearest to the oldest CPU the Rust target supports, of those it emulates rightly.
    pub oldest: &'static str,
    /// qemu's newest model.
    pub newest: &'static str,
    /// Size of a machine word in bits.
    pub word: u32,
    pub order: Order,
    /// Whether there is a back end: then the crates in [`MACHINE_CODE`] are tested too.
    pub back_end: bool,
}

/// Every foreign CPU, in the order in which a full run takes them.
#[rustfmt::skip]
pub static TARGETS: &[Target] = &[
    Target { triple: "s390x-unknown-linux-gnu", short: "s390x", debian: "s390x",
        packages: &["gcc-s390x-linux-gnu", "libc6-dev-s390x-cross"],
        linker: "s390x-linux-gnu-gcc", qemu: "qemu-s390x", sysroot: "/usr/s390x-linux-gnu",
        // Named models want crypto that qemu lacks: take away what came after the z10.
        oldest: "max,vx=off,vxeh=off,stfle45=off,stfle49=off,stfle53=off,minste2=off,minste3=off",
        newest: "max", word: 64, order: Order::Big, back_end: false },
    Target { triple: "armv7-unknown-linux-gnueabihf", short: "armv7", debian: "armhf",
        packages: &["gcc-arm-linux-gnueabihf", "libc6-dev-armhf-cross"],
        linker: "arm-linux-gnueabihf-gcc", qemu: "qemu-arm", sysroot: "/usr/arm-linux-gnueabihf",
        oldest: "cortex-a9", newest: "max", word: 32, order: Order::Little, back_end: false },
    Target { triple: "aarch64-unknown-linux-gnu", short: "aarch64", debian: "arm64",
        packages: &["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"],
        linker: "aarch64-linux-gnu-gcc", qemu: "qemu-aarch64", sysroot: "/usr/aarch64-linux-gnu",
        oldest: "cortex-a53", newest: "max", word: 64, order: Order::Little, back_end: true },
    Target { triple: "i686-unknown-linux-gnu", short: "i686", debian: "i386",
        packages: &["gcc-i686-linux-gnu", "libc6-dev-i386-cross"],
        linker: "i686-linux-gnu-gcc", qemu: "qemu-i386", sysroot: "/usr/i686-linux-gnu",
        oldest: "n270", newest: "max", word: 32, order: Order::Little, back_end: true },
    Target { triple: "powerpc64-unknown-linux-gnu", short: "ppc64", debian: "ppc64",
        packages: &["gcc-powerpc64-linux-gnu", "libc6-dev-ppc64-cross"],
        linker: "powerpc64-linux-gnu-gcc", qemu: "qemu-ppc64", sysroot: "/usr/powerpc64-linux-gnu",
        // The 970 is Rust's baseline, but qemu's user mode cannot run it: docs/testing.md.
        oldest: "power7", newest: "power10", word: 64, order: Order::Big, back_end: false },
    Target { triple: "powerpc64le-unknown-linux-gnu", short: "ppc64le", debian: "ppc64el",
        packages: &["gcc-powerpc64le-linux-gnu", "libc6-dev-ppc64el-cross"],
        linker: "powerpc64le-linux-gnu-gcc", qemu: "qemu-ppc64le", sysroot: "/usr/powerpc64le-linux-gnu",
        oldest: "power8", newest: "power10", word: 64, order: Order::Little, back_end: false },
];

/// Crates whose unit tests run under emulation in every full run: they hold the code that depends on word
/// size, byte order and memory layout, and build in a minute.
pub const PORTABLE: &[&str] = &["pyrs-ir", "pyrs-text", "pyrs-regex", "pyrs-heap"];

/// Crates that write and run machine code.
pub const MACHINE_CODE: &[&str] = &["pyrs-codemem", "pyrs-jitrig"];

/// Random traces that `--machine-code` runs, on every CPU.
pub const MACHINE_CODE_CASES: u32 = 20_000;

/// The row with this triple, short name or Debian name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|t| t.triple == name || t.short == name || t.debian == name)
}

impl Target {
    /// The triple as cargo spells it in environment variables.
    pub fn env_name(&self) -> String {
        self.triple.to_uppercase().replace('-', "_")
    }

    /// The command that runs a program of this CPU without emulation, for the one pair of CPUs where
    /// that is possible: 32-bit programs on x86-64, if the kernel has not been told otherwise.
    pub fn native_runner(&self) -> Option<Vec<String>> {
        let able = cfg!(target_arch = "x86_64") && self.debian == "i386";
        let lib = format!("{}/lib", self.sysroot);
        able.then(|| vec![format!("{lib}/ld-linux.so.2"), "--library-path".to_string(), lib])
    }

    /// The command that runs a program of this CPU; `model` is `oldest`, `newest`, or a name that qemu knows.
    pub fn runner(&self, model: &str) -> Vec<String> {
        let model = match model {
            "oldest" => self.oldest,
            "newest" => self.newest,
            other => other,
        };
        [self.qemu, "-L", self.sysroot, "-cpu", model].map(String::from).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for (i, t) in TARGETS.iter().enumerate() {
            for name in [t.triple, t.short, t.debian] {
                assert!(std::ptr::eq(find(name).expect("listed"), &TARGETS[i]), "{name}");
            }
        }
        assert!(find("z80").is_none());
    }

    #[test]
    fn word_size_and_byte_order_agree_with_the_triple() {
        for t in TARGETS {
            let arch = t.triple.split('-').next().expect("a triple has parts");
            let word = if arch.contains("64") || arch == "s390x" { 64 } else { 32 };
            let order =
                if ["s390x", "powerpc64"].contains(&arch) { Order::Big } else { Order::Little };
            assert_eq!((t.word, t.order), (word, order), "{}", t.triple);
        }
    }

    #[test]
    fn runner_names_the_model() {
        let t = find("armv7").expect("listed");
        assert_eq!(t.runner("oldest").last().map(String::as_str), Some("cortex-a9"));
        assert_eq!(t.runner("cortex-a7").last().map(String::as_str), Some("cortex-a7"));
        assert_eq!(t.env_name(), "ARMV7_UNKNOWN_LINUX_GNUEABIHF");
        assert!(t.native_runner().is_none());
    }
}
