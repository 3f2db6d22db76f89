//! A compression or decompression stream: the C interface of zlib behind safe methods.

use core::ffi::{CStr, c_int};
use libz_rs_sys as z;

/// Which way a stream works.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Deflate,
    Inflate,
}

/// An initialised stream. The C state refers back to its `z_stream`, which therefore never moves.
pub(super) struct Stream {
    z: Box<z::z_stream>,
    direction: Direction,
}

/// What a step did.
pub(super) struct Step {
    pub code: c_int,
    /// Bytes of input used.
    pub used: usize,
}

impl Stream {
    /// A compressor, or zlib's error code.
    pub fn deflate(
        level: i32,
        method: i32,
        bits: i32,
        memory: i32,
        strategy: i32,
    ) -> Result<Stream, c_int> {
        let mut z = Box::new(z::z_stream::default());
        let size = size_of::<z::z_stream>() as c_int;
        // SAFETY: a fresh stream, the library's own version and the structure's size.
        let code = unsafe {
            z::deflateInit2_(&mut *z, level, method, bits, memory, strategy, z::zlibVersion(), size)
        };
        let stream = Stream { z, direction: Direction::Deflate };
        if code == z::Z_OK { Ok(stream) } else { Err(code) }
    }
    /// A decompressor, or zlib's error code.
    pub fn inflate(bits: i32) -> Result<Stream, c_int> {
        let mut z = Box::new(z::z_stream::default());
        let size = size_of::<z::z_stream>() as c_int;
        // SAFETY: a fresh stream, the library's own version and the structure's size.
        let code = unsafe { z::inflateInit2_(&mut *z, bits, z::zlibVersion(), size) };
        let stream = Stream { z, direction: Direction::Inflate };
        if code == z::Z_OK { Ok(stream) } else { Err(code) }
    }
    /// An independent stream in the same state.
    pub fn copy(&mut self) -> Result<Stream, c_int> {
        let mut to = Box::new(z::z_stream::default());
        // SAFETY: the source is initialised; the target is a fresh structure the copy initialises.
        let code = unsafe {
            match self.direction {
                Direction::Deflate => z::deflateCopy(&mut *to, &mut *self.z),
                Direction::Inflate => z::inflateCopy(&mut *to, &*self.z),
            }
        };
        let stream = Stream { z: to, direction: self.direction };
        if code == z::Z_OK { Ok(stream) } else { Err(code) }
    }
    pub fn set_dictionary(&mut self, data: &[u8]) -> c_int {
        let n = u32::try_from(data.len()).unwrap_or(u32::MAX);
        // SAFETY: the stream is initialised, and `n` bytes are readable.
        unsafe {
            match self.direction {
                Direction::Deflate => z::deflateSetDictionary(&mut *self.z, data.as_ptr(), n),
                Direction::Inflate => z::inflateSetDictionary(&mut *self.z, data.as_ptr(), n),
            }
        }
    }
    /// The library's words on the last error.
    pub fn message(&self) -> Option<String> {
        if self.z.msg.is_null() {
            return None;
        }
        // SAFETY: zlib's messages are static C strings.
        Some(unsafe { CStr::from_ptr(self.z.msg) }.to_string_lossy().into_owned())
    }
    /// One call of the library: as much of `input` as fits, at most `room` more bytes of output.
    pub fn step(&mut self, input: &[u8], flush: i32, out: &mut Vec<u8>, room: usize) -> Step {
        const MOST: usize = 1 << 30;
        let (given, room) = (input.len().min(MOST), room.min(MOST));
        let start = out.len();
        out.resize(start + room, 0);
        self.z.next_in = input.as_ptr();
        self.z.avail_in = given as u32;
        self.z.next_out = out[start..].as_mut_ptr();
        self.z.avail_out = room as u32;
        // SAFETY: the stream is initialised, and both buffers are as long as said.
        let code = unsafe {
            match self.direction {
                Direction::Deflate => z::deflate(&mut *self.z, flush),
                Direction::Inflate => z::inflate(&mut *self.z, flush),
            }
        };
        out.truncate(start + room - self.z.avail_out as usize);
        let used = given - self.z.avail_in as usize;
        self.z.next_in = core::ptr::null();
        self.z.avail_in = 0;
        self.z.next_out = core::ptr::null_mut();
        self.z.avail_out = 0;
        Step { code, used }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if self.z.state.is_null() {
            return;
        }
        // SAFETY: an initialised stream, ended once.
        unsafe {
            match self.direction {
                Direction::Deflate => z::deflateEnd(&mut *self.z),
                Direction::Inflate => z::inflateEnd(&mut *self.z),
            };
        }
    }
}
