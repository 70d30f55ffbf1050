//! Messages as people read them.

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
}

impl SentMessage {
    /// Reads a message from the form that was posted to SNS.
    pub fn of(form: &str) -> Self {
        let field = |wanted: &str| {
            let mut fields = form_urlencoded::parse(form.as_bytes());
            fields.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned()).unwrap_or_default()
        };
        Self { subject: field("Subject"), body: field("Message") }
    }

    /// The value of a line `Name   value`.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.body.lines().filter_map(|line| line.strip_prefix(name));
        values.find(|value| value.starts_with(' ')).map(str::trim)
    }

    /// The numbers of the chunks that it lists as not loaded, and the number of further ones.
    pub fn chunks(&self) -> (Vec<u32>, usize) {
        let of_line = |line: &str| line.trim_start().strip_prefix("chunk ")?.split(' ').next()?.parse().ok();
        // `and 5 more chunks`, and maybe how to see them.
        let more = |line: &str| {
            let (number, rest) = line.trim_start().strip_prefix("and ")?.split_once(' ')?;
            rest.starts_with("more chunk").then(|| number.replace(',', "").parse().unwrap())
        };
        let more = self.body.lines().find_map(more).unwrap_or(0);
        (self.body.lines().filter_map(of_line).collect(), more)
    }

    /// The chunk numbers in its command `lineup rerun`, if it has one.
    pub fn rerun(&self) -> Option<Vec<u32>> {
        let command = self.body.lines().find_map(|line| line.trim_start().strip_prefix("lineup rerun "))?;
        Some(command.split(" --chunk ").skip(1).map(|number| number.trim().parse().unwrap()).collect())
    }
}
