//! A reader for 64-bit ELF files: what loading a kernel and naming its functions needs.
//!
//! Enter at [`Elf::parse`]. Every access is checked, so a damaged file gives an error or `None`, never a panic.

/// A parsed ELF file over its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Elf<'a> {
    bytes: &'a [u8],
}

/// A program header.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// `PT_LOAD` and so on.
    pub kind: u32,
    /// 1 execute, 2 write, 4 read.
    pub flags: u32,
    /// Where its bytes start in the file.
    pub offset: u64,
    /// Where it wants to be.
    pub address: u64,
    /// Bytes in the file.
    pub file_bytes: u64,
    /// Bytes in memory; those beyond the file's are zero.
    pub memory_bytes: u64,
}

/// A section header.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Its bytes in the file.
    pub data: &'a [u8],
    kind: u32,
    link: u32,
}

/// Segment to load.
pub const PT_LOAD: u32 = 1;
/// Dynamic linking table.
const PT_DYNAMIC: u32 = 2;
const SHT_NOBITS: u32 = 8;
const SHT_SYMTAB: u32 = 2;
const DT_RELA: u64 = 7;
const DT_RELASZ: u64 = 8;
const DT_RELR: u64 = 36;
const R_X86_64_RELATIVE: u64 = 8;
const STT_FUNC: u8 = 2;

impl<'a> Elf<'a> {
    /// Checks the header.
    pub fn parse(bytes: &'a [u8]) -> Result<Elf<'a>, &'static str> {
        let elf = Elf { bytes };
        match bytes.get(..20) {
            None => Err("the ELF file is cut off"),
            // 64-bit, little-endian, position-independent, x86-64.
            Some(head) if head[..6] == *b"\x7FELF\x02\x01" && head[16..] == [3, 0, 62, 0] => Ok(elf),
            Some(_) => Err("not a position-independent x86-64 ELF file"),
        }
    }

    /// Where execution starts.
    pub fn entry(&self) -> u64 {
        self.u64(24).unwrap_or(0)
    }

    /// The program headers.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + use<'a> {
        let elf = *self;
        let (start, size, count) = (elf.u64(32), elf.u16(54), elf.u16(56));
        (0..u64::from(count.unwrap_or(0))).map_while(move |index| {
            let at = start?.checked_add(index * u64::from(size?))?;
            Some(Segment {
                kind: elf.u32(at)?,
                flags: elf.u32(at + 4)?,
                offset: elf.u64(at + 8)?,
                address: elf.u64(at + 16)?,
                file_bytes: elf.u64(at + 32)?,
                memory_bytes: elf.u64(at + 40)?,
            })
        })
    }

    /// The bytes of a segment that are in the file.
    pub fn segment_data(&self, segment: &Segment) -> Option<&'a [u8]> {
        self.slice(segment.offset, segment.file_bytes)
    }

    /// The sections.
    pub fn sections(&self) -> impl Iterator<Item = Section<'a>> + use<'a> {
        let elf = *self;
        let names = elf.u16(62).and_then(|index| elf.raw_section(u64::from(index)));
        (0..u64::from(elf.u16(60).unwrap_or(0))).map_while(move |index| {
            let (name, section) = elf.raw_section(index)?;
            let name = names.and_then(|(_, names)| text_at(names.data, name)).unwrap_or(b"");
            Some(Section { name, ..section })
        })
    }

    /// The relative relocations as `(where, addend)`: the word at `where` becomes base + addend.
    pub fn relocations(
        &self,
    ) -> Result<impl Iterator<Item = Result<(u64, u64), &'static str>> + use<'a>, &'static str> {
        let elf = *self;
        let dynamic = elf.segments().find(|segment| segment.kind == PT_DYNAMIC);
        let (mut address, mut bytes) = (0, 0);
        for entry in dynamic
            .iter()
            .flat_map(|segment| elf.segment_data(segment))
            .flat_map(|data| data.chunks_exact(16))
        {
            let (tag, value) = (word(entry, 0), word(entry, 8));
            match tag {
                DT_RELA => address = value,
                DT_RELASZ => bytes = value,
                DT_RELR => return Err("packed relocations are not supported"),
                _ => {}
            }
        }
        let table = if bytes == 0 {
            &[]
        } else {
            let offset = elf
                .segments()
                .find(|s| {
                    s.kind == PT_LOAD
                        && (s.address..s.address.saturating_add(s.file_bytes)).contains(&address)
                })
                .map(|segment| segment.offset + (address - segment.address))
                .ok_or("the relocation table is in no segment")?;
            elf.slice(offset, bytes).ok_or("the relocation table is cut off")?
        };
        Ok(table.chunks_exact(24).map(|entry| match word(entry, 8) {
            R_X86_64_RELATIVE => Ok((word(entry, 0), word(entry, 16))),
            _ => Err("a relocation is not relative"),
        }))
    }

    /// Finds the function that covers an address: its mangled name and the offset into it.
    pub fn function_at(&self, address: u64) -> Option<(&'a str, u64)> {
        let symtab = self.sections().find(|section| section.kind == SHT_SYMTAB)?;
        let (_, names) = self.raw_section(u64::from(symtab.link))?;
        // Each symbol: name u32, info u8, other u8, section u16, value u64, size u64.
        let (name, start) = symtab.data.chunks_exact(24).find_map(|symbol| {
            let (start, bytes) = (word(symbol, 8), word(symbol, 16));
            let covers =
                symbol[4] & 15 == STT_FUNC && address.checked_sub(start).is_some_and(|at| at < bytes.max(1));
            covers.then(|| (u32::from_le_bytes([symbol[0], symbol[1], symbol[2], symbol[3]]), start))
        })?;
        Some((core::str::from_utf8(text_at(names.data, name)?).ok()?, address - start))
    }

    /// The section with this index, its name still an offset.
    fn raw_section(&self, index: u64) -> Option<(u32, Section<'a>)> {
        let at = self.u64(40)?.checked_add(index.checked_mul(u64::from(self.u16(58)?))?)?;
        let kind = self.u32(at + 4)?;
        let data = if kind == SHT_NOBITS { &[] } else { self.slice(self.u64(at + 24)?, self.u64(at + 32)?)? };
        Some((self.u32(at)?, Section { name: b"", data, kind, link: self.u32(at + 40)? }))
    }

    fn slice(&self, offset: u64, count: u64) -> Option<&'a [u8]> {
        self.bytes.get(usize::try_from(offset).ok()?..usize::try_from(offset.checked_add(count)?).ok()?)
    }

    fn u16(&self, at: u64) -> Option<u16> {
        self.slice(at, 2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&self, at: u64) -> Option<u32> {
        self.slice(at, 4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn u64(&self, at: u64) -> Option<u64> {
        self.slice(at, 8)?.try_into().ok().map(u64::from_le_bytes)
    }
}

/// The little-endian word at `at` of a table entry that is long enough.
fn word(entry: &[u8], at: usize) -> u64 {
    entry.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// The zero-terminated text at an offset of a string table.
fn text_at(table: &[u8], offset: u32) -> Option<&[u8]> {
    let rest = table.get(offset as usize..)?;
    Some(&rest[..rest.iter().position(|byte| *byte == 0)?])
}
