//! One back end with an arena, a context block and a test heap: installs traces, links them and
//! runs them.

use crate::native::{self, RECORD_WORD, Record};
use pyrs_codemem::CodeMemory;
use pyrs_ir::asm::CodeBuf;
use pyrs_ir::backend::{Backend, Emitted, Job, Stubs};
use pyrs_ir::eval::Exit;
use pyrs_ir::eval::memory::Image;
use pyrs_ir::fake::exit_state;
use pyrs_ir::ra::Allocated;
use pyrs_ir::schema::{Layout, Schema};
use pyrs_ir::testkit::{self, CTX_BYTES, CTX_USER, HEAP_BYTES};
use pyrs_ir::trace::Trace;

/// A session.
pub struct Session {
    /// The back end.
    pub backend: Box<dyn Backend>,
    /// Offsets in the context block.
    pub layout: Layout,
    /// The schema of all traces.
    pub schema: Schema,
    code: CodeMemory,
    stubs: Stubs,
    mark: usize,
    ctx: Vec<u64>,
    heap: Vec<u64>,
    record: Box<Record>,
}

/// An installed trace.
#[derive(Clone, Debug)]
pub struct Installed {
    /// Addresses.
    pub at: Emitted,
    /// Number of its first exit.
    pub first_exit: u32,
    /// Number of bytes.
    pub len: usize,
}

/// Knobs of the emitter for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Knobs {
    /// Instruction that always leaves.
    pub force: Option<usize>,
    /// Bytes between exit stubs.
    pub padding: u32,
    /// Free bytes of the allocation area at the start.
    pub room: u32,
}

type Enter = unsafe extern "C" fn(*mut u64, usize, *const u64, usize) -> usize;

impl Session {
    /// A session for a back end of this CPU.
    pub fn new(backend: Box<dyn Backend>) -> Result<Session, String> {
        let target = backend.target();
        let layout = testkit::layout(target);
        let schema = testkit::schema();
        let mut code = CodeMemory::new(1 << 18).map_err(|e| e.to_string())?;
        let mut buf = CodeBuf::new(code.next_address(), target.endian);
        let stubs = backend.stubs(&layout, &mut buf);
        let install = |code: &mut CodeMemory, buf: &CodeBuf| {
            code.write(&buf.bytes).map_err(|e| e.to_string()).map(|_| ())
        };
        install(&mut code, &buf)?;
        let mut ctx = vec![0u64; CTX_BYTES / 8];
        let word = target.word.bytes() as i32;
        for (k, (f, float)) in native::helpers().into_iter().enumerate() {
            let mut buf = CodeBuf::new(code.next_address(), target.endian);
            let wrapped = backend.clobber(f, float, &mut buf);
            install(&mut code, &buf)?;
            put(&mut ctx, layout.helpers + word * k as i32, wrapped as usize);
        }
        put(&mut ctx, layout.on_exit, native::on_exit as *const () as usize);
        // The slow paths are called through the same wrapper: they must save every register.
        let slow = [
            (layout.alloc_slow, native::alloc_slow as *const () as usize),
            (layout.barrier_slow, native::barrier_slow as *const () as usize),
        ];
        for (at, f) in slow {
            let mut buf = CodeBuf::new(code.next_address(), target.endian);
            let wrapped = backend.clobber(f as u64, false, &mut buf);
            install(&mut code, &buf)?;
            put(&mut ctx, at, wrapped as usize);
        }
        let frame = backend.frame().size as usize;
        let mut record = Box::new(Record::new(&schema, frame));
        put(&mut ctx, RECORD_WORD as i32 * word, &raw mut *record as usize);
        let heap = vec![0u64; HEAP_BYTES / 8];
        let mark = code.mark();
        Ok(Session { backend, layout, schema, code, stubs, mark, ctx, heap, record })
    }

    /// Address of the heap.
    pub fn heap_address(&self) -> u64 {
        self.heap.as_ptr() as usize as u64
    }

    /// Address of the context block.
    pub fn ctx_address(&self) -> u64 {
        self.ctx.as_ptr() as usize as u64
    }

    /// Forgets all traces.
    pub fn reset(&mut self) {
        self.code.reset(self.mark);
    }

    /// Emits a trace and copies it to the arena.
    pub fn install(
        &mut self,
        trace: &Trace,
        allocated: &Allocated,
        first_exit: u32,
        targets: &[u64],
        knobs: Knobs,
    ) -> Result<Installed, String> {
        let mut buf = CodeBuf::new(self.code.next_address(), trace.target.endian);
        let job = Job {
            trace,
            schema: &self.schema,
            allocated,
            layout: &self.layout,
            stubs: &self.stubs,
            first_exit,
            targets,
            force: knobs.force,
            padding: knobs.padding,
        };
        let at = self.backend.emit(&job, &mut buf)?;
        self.code.write(&buf.bytes).map_err(|e| e.to_string())?;
        Ok(Installed { at, first_exit, len: buf.bytes.len() })
    }

    /// Links exit `k` of a trace to an address, or unlinks it.
    pub fn link(&mut self, trace: &Installed, k: usize, to: Option<u64>) -> Result<(), String> {
        let stub = trace.at.exits[k];
        let bytes = self.backend.link(stub, trace.first_exit + k as u32, to)?;
        self.code.patch(stub, &bytes).map_err(|e| e.to_string())
    }

    /// Runs a trace from its start on a copy of `before`. Gives the number of the exit that was
    /// taken and the memory after it.
    pub fn run(
        &mut self,
        trace: &Installed,
        inputs: &[u64],
        before: &Image,
        knobs: Knobs,
    ) -> Result<(usize, Image), String> {
        copy_in(&mut self.heap, 0, &before.regions[0].bytes);
        let user = CTX_USER as usize;
        let user_end = user + 8 * 8;
        copy_in(&mut self.ctx, user, &before.regions[1].bytes[user..user_end]);
        put(&mut self.ctx, self.layout.alloc_cur, before.cur as usize);
        put(&mut self.ctx, self.layout.alloc_lim, before.cur as usize + knobs.room as usize);
        self.record.logged.clear();
        let words = inputs_in_cells(inputs, before);
        self.code.make_executable().map_err(|e| e.to_string())?;
        self.code.assert_clean();
        // SAFETY: the stubs were written by the back end of this CPU for this signature, and the
        // trace was checked and allocated for it; memory it touches is the heap and the context,
        // which live as long as the session and are not borrowed here.
        let result = unsafe {
            let enter: Enter = std::mem::transmute(self.stubs.enter as usize);
            enter(self.ctx.as_mut_ptr(), trace.at.start as usize, words.as_ptr(), words.len())
        };
        let number = self.record.exit;
        if result != number + 1 {
            return Err(format!("the trampoline returned {result}, the exit was {number}"));
        }
        let mut after = before.clone();
        after.regions[0].bytes = copy_out(&self.heap);
        after.regions[1].bytes[user..user_end]
            .copy_from_slice(&copy_out(&self.ctx)[user..user_end]);
        after.cur = get(&self.ctx, self.layout.alloc_cur) as u64;
        after.objects = before.objects.clone();
        let new = testkit::parse_objects(&self.schema, &after, before.cur, after.cur);
        after.objects.extend(new);
        after.logged = self.record.logged.clone();
        Ok((number, after))
    }

    /// Restores the state of an exit from the frame of the last run.
    pub fn exit(&self, trace: &Trace, a: &Allocated, k: usize) -> Result<Exit, String> {
        let frame = self.backend.frame();
        let (refs, values) = frame
            .exit_values(&self.record.frame, trace, a, k)
            .ok_or("exit values are not in the frame")?;
        let map = a.exits[k];
        let ctx = trace.target.word.norm(self.ctx_address() as i64) as u64;
        Ok(exit_state(trace, map.snap as usize, map.inst as usize, &refs, values, ctx))
    }

    /// How often the slow path of allocation ran.
    pub fn slow_allocations(&self) -> usize {
        self.record.slow_allocations
    }
}

/// Inputs as they lie in spill cells: eight bytes each, a word first.
fn inputs_in_cells(inputs: &[u64], image: &Image) -> Vec<u64> {
    let small_big = image.target == pyrs_ir::types::Target::BE32;
    let cell = |&x: &u64| if small_big { x << 32 } else { x };
    inputs.iter().map(cell).collect()
}

fn put(block: &mut [u64], offset: i32, x: usize) {
    let n = size_of::<usize>();
    copy_in_at(block, offset as usize, &x.to_ne_bytes()[..n]);
}

fn get(block: &[u64], offset: i32) -> usize {
    let bytes = copy_out(block);
    let at = offset as usize;
    let mut x = [0; size_of::<usize>()];
    x.copy_from_slice(&bytes[at..at + size_of::<usize>()]);
    usize::from_ne_bytes(x)
}

fn copy_in_at(block: &mut [u64], at: usize, bytes: &[u8]) {
    for (k, &b) in bytes.iter().enumerate() {
        let cell = &mut block[(at + k) / 8];
        let mut c = cell.to_ne_bytes();
        c[(at + k) % 8] = b;
        *cell = u64::from_ne_bytes(c);
    }
}

/// Copies whole cells; `at` is a multiple of eight.
fn copy_in(block: &mut [u64], at: usize, bytes: &[u8]) {
    for (cell, chunk) in block[at / 8..].iter_mut().zip(bytes.chunks_exact(8)) {
        let mut c = [0; 8];
        c.copy_from_slice(chunk);
        *cell = u64::from_ne_bytes(c);
    }
}

fn copy_out(block: &[u64]) -> Vec<u8> {
    block.iter().flat_map(|x| x.to_ne_bytes()).collect()
}
