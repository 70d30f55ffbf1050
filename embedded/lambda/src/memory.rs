//! How much memory a process had at most.

/// The peak resident set of the running process `pid`, in bytes (proc(5), `VmHWM`).
#[cfg(target_os = "linux")]
pub(crate) fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Other systems tell it only to the parent that waits, by a call that is not safe Rust.
#[cfg(not(target_os = "linux"))]
pub(crate) fn peak(_: u32) -> Option<u64> {
    None
}
