//! The computing side of hash objects: one enumeration over the crates' hashers.

use sha3::digest::{ExtendableOutput, Update, XofReader};

macro_rules! engines {
    ($($variant:ident($ty:ty),)*) => {
        /// A hash in progress.
        #[derive(Clone)]
        pub(super) enum Engine {
            $($variant($ty),)*
            Shake128(sha3::Shake128),
            Shake256(sha3::Shake256),
            Blake2b(Box<blake2b_simd::State>),
            Blake2s(Box<blake2s_simd::State>),
        }
        impl Engine {
            pub(super) fn update(&mut self, data: &[u8]) {
                match self {
                    $(Engine::$variant(h) => h.update(data),)*
                    Engine::Shake128(h) => h.update(data),
                    Engine::Shake256(h) => h.update(data),
                    Engine::Blake2b(h) => drop(h.update(data)),
                    Engine::Blake2s(h) => drop(h.update(data)),
                }
            }
            /// The digest so far; `length` counts for functions of any output length only.
            pub(super) fn finish(&self, length: usize) -> Vec<u8> {
                match self {
                    $(Engine::$variant(h) => {
                        sha2::Digest::finalize(h.clone()).to_vec()
                    })*
                    Engine::Shake128(h) => squeeze(h.clone().finalize_xof(), length),
                    Engine::Shake256(h) => squeeze(h.clone().finalize_xof(), length),
                    Engine::Blake2b(h) => h.finalize().as_bytes().to_vec(),
                    Engine::Blake2s(h) => h.finalize().as_bytes().to_vec(),
                }
            }
        }
    };
}
engines! {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha224(sha2::Sha224),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
    Sha3_224(sha3::Sha3_224),
    Sha3_256(sha3::Sha3_256),
    Sha3_384(sha3::Sha3_384),
    Sha3_512(sha3::Sha3_512),
}
fn squeeze(mut reader: impl XofReader, length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    reader.read(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn known_digests_of_nothing() {
        assert_eq!(
            hex(&Engine::Md5(Default::default()).finish(0)),
            "d41d8cd98f00b204e9800998ecf8427e"
        );
        assert_eq!(hex(&Engine::Shake128(Default::default()).finish(5)), "7f9c2ba4e8");
        let mut h = Engine::Sha1(Default::default());
        h.update(b"abc");
        assert_eq!(hex(&h.finish(0)), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }
}
