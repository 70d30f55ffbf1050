//! Uploads a file to the uploads bucket.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use aws_sdk_s3::primitives::{ByteStream, Length};
use lineup_aws::error::CallFailure;
use lineup_contracts::options::{
    CHUNK_BYTES_METADATA, DEFAULT_CHUNK_BYTES, DRY_RUN_METADATA, MAX_CONCURRENCY_METADATA, REPLACE_METADATA,
};
use tempfile::NamedTempFile;

use crate::args::{ImportArgs, UploadOptions};
use crate::exit::CommandError;
use crate::progress::Progress;
use crate::target::Target;
use crate::upload_parts::{Part, UploadInParts, Uploaded, parts};

const MIB: u64 = 1 << 20;
/// About so many chunks show how far a local import is.
const LOCAL_CHUNKS: u64 = 20;
/// Larger files are uploaded in parts, so that a failure repeats one part and not the file.
const MULTIPART_ABOVE: u64 = 64 * MIB;
const PART_BYTES: u64 = 16 * MIB;
/// The most bytes of a suffix that a long file name keeps.
const SUFFIX_BYTES: usize = 16;
/// The most bytes of a file name that the key keeps. S3 allows 1,024 for a key; a file system under
/// an S3 server often allows 255 for a name.
const NAME_BYTES: usize = 96;

/// Fails, as a usage error, unless the files can be told apart by their names and read.
pub(crate) fn check_all(args: &ImportArgs) -> anyhow::Result<()> {
    let several = args.files.len() > 1;
    let usage = |text: String| Err(CommandError::Usage(text).into());
    if several && args.options.name.is_some() {
        return usage("--as names one lineup; import the files one after the other".to_owned());
    }
    let mut names = HashSet::new();
    for file in &args.files {
        if several && file == Path::new("-") {
            return usage("stdin cannot be one of several files; import it alone, with --as NAME".to_owned());
        }
        if !names.insert(name(file)) {
            return usage(format!(
                "two of the files are called {}, so the second would take the place of the first; import them one after \
                 the other, each with --as NAME",
                name(file)
            ));
        }
        check(file)?;
    }
    Ok(())
}

/// Copies stdin to a file, and lets `args` name that, if they name `-`: S3 wants to know a length before the first byte.
pub(crate) fn spool(args: &mut ImportArgs) -> anyhow::Result<Option<NamedTempFile>> {
    if args.files != [Path::new("-")] {
        return Ok(None);
    }
    if args.options.name.is_none() {
        let text = "what comes from stdin has no name: say which lineup it is, with --as NAME";
        return Err(CommandError::Usage(text.to_owned()).into());
    }
    let mut file = NamedTempFile::new()?;
    std::io::copy(&mut std::io::stdin().lock(), &mut file).context("cannot read stdin")?;
    args.files = vec![file.path().to_owned()];
    Ok(Some(file))
}

/// Fails, as a usage error, unless `path` is a file that can be read.
pub(crate) fn check(path: &Path) -> anyhow::Result<()> {
    let usage = |what: String| CommandError::Usage(format!("cannot read {}: {what}", path.display()));
    let metadata = std::fs::metadata(path).map_err(|error| usage(reason(&error)))?;
    if metadata.is_dir() {
        let what = format!("it is a folder; name the files in it, such as {}", path.join("*.csv").display());
        return Err(usage(what).into());
    }
    if let Some(what) = left_out(&name(path)) {
        return Err(usage(format!("it is {what}; name the lineup itself")).into());
    }
    if !metadata.is_file() {
        let what = "it is not a regular file; save the data to one first, for S3 wants to know its length";
        return Err(usage(what.into()).into());
    }
    let first = File::open(path).and_then(|mut file| file.read(&mut [0]));
    first.map_err(|error| usage(reason(&error)))?;
    Ok(())
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file; check the path".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied; make it readable for you".into(),
        _ => error.to_string(),
    }
}

/// The bytes of a chunk where no AWS account is asked to run many at a time: so small that about twenty ends of chunks show how far
/// the import is, and not so small that starting them would count.
pub(crate) fn local_chunk_bytes(size: u64) -> u64 {
    (size / LOCAL_CHUNKS).clamp(MIB, DEFAULT_CHUNK_BYTES)
}

/// Uploads the file under the name of its lineup.
pub(crate) async fn upload(
    target: &Target,
    file: &Path,
    options: &UploadOptions,
    progress: &Progress,
) -> anyhow::Result<Uploaded> {
    let size = tokio::fs::metadata(file).await?.len();
    let key = key(&target.uploads_prefix, options.name.as_deref(), file);
    let upload = Upload { target, file, options, size, key };
    let sent = if size > MULTIPART_ABOVE {
        upload.upload_multipart(progress).await
    } else {
        upload.upload_single().await
    };
    sent.with_context(|| {
        format!("cannot upload {} to s3://{}/{}", file.display(), target.uploads_bucket, upload.key)
    })
}

fn name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default()
}

/// What the upload rule takes a file of this name for, if it starts no import: `statemachine/uploads.rule.json`.
fn left_out(name: &str) -> Option<&'static str> {
    if name.starts_with("~$") {
        return Some("a lock file of Office, which is there while the workbook is open");
    }
    name.ends_with(".DS_Store").then_some("a file that macOS keeps about a folder")
}

/// The key: `<prefix><name>`, the same for all versions of a lineup. Of a file's long name the beginning and the suffix are kept.
pub(crate) fn key(prefix: &str, lineup: Option<&str>, path: &Path) -> String {
    if let Some(lineup) = lineup {
        return format!("{prefix}{lineup}");
    }
    let name = name(path);
    let dot = name.rfind('.').filter(|dot| name.len() - dot <= SUFFIX_BYTES);
    let (stem, suffix) = name.split_at(dot.unwrap_or(name.len()));
    format!("{prefix}{}{suffix}", &stem[..stem.floor_char_boundary(NAME_BYTES)])
}

struct Upload<'a> {
    target: &'a Target,
    file: &'a Path,
    options: &'a UploadOptions,
    size: u64,
    key: String,
}

impl Upload<'_> {
    async fn upload_single(&self) -> anyhow::Result<Uploaded> {
        let body = ByteStream::from_path(&self.file).await?;
        let put = self.target.s3.put_object().bucket(&self.target.uploads_bucket).key(&self.key);
        let put = put.set_metadata(self.metadata()).body(body).send().await;
        let put = put.map_err(|error| CallFailure::of(error).on("s3:PutObject", &self.key))?;
        Ok(Uploaded::of(&self.key, &put.e_tag.unwrap_or_default(), put.version_id))
    }

    /// The object's metadata that `split` reads.
    fn metadata(&self) -> Option<HashMap<String, String>> {
        let number = |name: &str, value: Option<u64>| value.map(|value| (name.to_owned(), value.to_string()));
        let chunk_bytes = number(CHUNK_BYTES_METADATA, self.options.chunk_bytes);
        let concurrency = number(MAX_CONCURRENCY_METADATA, self.options.concurrency);
        let dry_run = self.options.dry_run.then(|| (DRY_RUN_METADATA.to_owned(), "true".to_owned()));
        let replace = self.options.replace.map(|mode| (REPLACE_METADATA.to_owned(), mode.to_string()));
        let of_import = chunk_bytes.into_iter().chain(concurrency).chain(dry_run).chain(replace);
        let metadata: HashMap<_, _> = of_import.chain(self.options.file_options.metadata()).collect();
        (!metadata.is_empty()).then_some(metadata)
    }

    async fn upload_multipart(&self, progress: &Progress) -> anyhow::Result<Uploaded> {
        let place = (self.target.uploads_bucket.as_str(), self.key.as_str());
        let metadata = self.metadata();
        let upload =
            UploadInParts::begin(&self.target.s3, place, |create| create.set_metadata(metadata)).await?;
        let id = upload.id().to_owned();
        let sent = |bytes| progress.uploaded(bytes, self.size);
        upload.send(parts(self.size, PART_BYTES), |part| self.send_part(&id, part), sent).await
    }

    async fn send_part(&self, id: &str, part: Part) -> anyhow::Result<Option<String>> {
        let body = ByteStream::read_from().path(self.file).offset(part.offset);
        let body = body.length(Length::Exact(part.length)).build().await?;
        let put = self.target.s3.upload_part().bucket(&self.target.uploads_bucket).key(&self.key);
        let put = put.upload_id(id).part_number(part.number).body(body).send().await;
        let put = put.map_err(|error| CallFailure::of(error).on("s3:UploadPart", &self.key))?;
        Ok(put.e_tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_in_key(path: &str) -> String {
        key("", None, Path::new(path))
    }

    #[test]
    fn a_key_keeps_the_name_of_the_file() {
        assert_eq!(name_in_key("in/lineup.csv"), "lineup.csv");
        for name in ["lineup.CSV", "lineup", "lineup.csv.gz", "Zeitplan für Sonntag.xlsx", ".csv", "a."] {
            assert_eq!(name_in_key(name), name);
        }
    }

    #[test]
    fn a_key_begins_with_the_prefix_of_the_stack() {
        assert_eq!(key("lineups/", None, Path::new("in/a.json")), "lineups/a.json");
        assert_eq!(key("lineups/", Some("festival.csv"), Path::new("in/a.json")), "lineups/festival.csv");
    }

    #[test]
    fn a_file_that_starts_no_import_is_not_uploaded() {
        let folder = tempfile::tempdir().unwrap();
        for (name, what) in
            [("~$lineup.xlsx", "a lock file of Office"), (".DS_Store", "a file that macOS keeps")]
        {
            let path = folder.path().join(name);
            std::fs::write(&path, "x").unwrap();
            let error = check(&path).unwrap_err().to_string();
            assert!(error.contains(what) && error.contains("name the lineup itself"), "{error}");
        }
    }

    #[test]
    fn a_long_name_is_cut_between_characters_and_keeps_its_suffix() {
        let name = name_in_key(&format!("{}.tsv", "é".repeat(120)));
        assert_eq!(name, format!("{}.tsv", "é".repeat(48)));
        assert_eq!(name_in_key(&format!("x{}.tsv", "é".repeat(120))), format!("x{}.tsv", "é".repeat(47)));
        let name = name_in_key(&format!("a.{}", "é".repeat(120)));
        assert_eq!(name, format!("a.{}", "é".repeat(47)));
    }

    #[test]
    fn a_folder_is_no_file() {
        let error = check(Path::new("/")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read /: it is a folder; name the files in it, such as /*.csv");
    }
}
