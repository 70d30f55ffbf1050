//! What `template.yaml` says that costs money: memory and timeouts of the functions, and what stands all month.

use std::collections::BTreeMap;

/// The template of this version.
pub(crate) const TEMPLATE: &str = include_str!("../../../template.yaml");

/// Parameters, conditions and resources of a stack. Reads the layout of `template.yaml` alone: an entry of a section is
/// indented by two spaces, its fields by four, and the fields of `Properties` by six.
///
/// ```
/// let template = lineup_costs::StackTemplate::parse(
///     "Resources:\n  LoadFunction:\n    Type: AWS::Serverless::Function\n    Properties:\n      MemorySize: 512\n",
/// );
/// assert_eq!(template.property("LoadFunction", "MemorySize"), Some("512"));
/// assert_eq!(template.standing("AWS::Serverless::Function"), 1);
/// ```
#[derive(Debug, Clone, Default)]
pub struct StackTemplate {
    parameters: BTreeMap<String, TemplateEntry>,
    conditions: BTreeMap<String, String>,
    resources: BTreeMap<String, TemplateEntry>,
}

/// The fields of a parameter or a resource, with how far each is indented.
#[derive(Debug, Clone, Default)]
struct TemplateEntry(BTreeMap<(usize, String), String>);

impl TemplateEntry {
    fn field(&self, indent: usize, name: &str) -> Option<&str> {
        self.0.get(&(indent, name.to_owned())).map(String::as_str)
    }
}

impl StackTemplate {
    /// Reads a template.
    pub fn parse(text: &str) -> Self {
        let mut template = Self::default();
        let (mut section, mut entry) = (String::new(), String::new());
        for line in text.lines() {
            let indent = line.len() - line.trim_start().len();
            let Some((name, value)) = line.trim().split_once(':') else { continue };
            match indent {
                0 => section = name.to_owned(),
                2 if section == "Conditions" => {
                    template.conditions.insert(name.to_owned(), value.trim().to_owned());
                }
                2 => entry = name.to_owned(),
                _ => template.set(&section, &entry, (indent, name), value),
            }
        }
        template
    }

    /// The first of several fields of a name stays.
    fn set(&mut self, section: &str, entry: &str, (indent, name): (usize, &str), value: &str) {
        let entries = match section {
            "Parameters" => &mut self.parameters,
            "Resources" => &mut self.resources,
            _ => return,
        };
        let fields = &mut entries.entry(entry.to_owned()).or_default().0;
        let value = value.trim().trim_matches('"').to_owned();
        fields.entry((indent, name.to_owned())).or_insert(value);
    }

    /// The default of a parameter.
    pub fn default_of(&self, parameter: &str) -> Option<&str> {
        self.parameters.get(parameter)?.field(4, "Default")
    }

    /// A property of a resource.
    pub fn property(&self, resource: &str, name: &str) -> Option<&str> {
        self.resources.get(resource)?.field(6, name)
    }

    /// How many resources of a type a stack has if no parameter says otherwise.
    pub fn standing(&self, kind: &str) -> usize {
        self.of_kind(kind).filter(|resource| self.is_standing(resource)).count()
    }

    /// How many resources of a type a stack has only if a parameter asks for them.
    pub fn optional(&self, kind: &str) -> usize {
        self.of_kind(kind).count() - self.standing(kind)
    }

    /// Whether its condition is that a parameter is `true`, as it is by default; or it has none.
    fn is_standing(&self, resource: &TemplateEntry) -> bool {
        let Some(condition) = resource.field(4, "Condition") else { return true };
        let asked = self
            .conditions
            .get(condition)
            .and_then(|condition| condition.strip_prefix("!Equals [!Ref ")?.strip_suffix(", \"true\"]"));
        asked.and_then(|parameter| self.default_of(parameter)) == Some("true")
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &TemplateEntry> {
        self.resources.values().filter(move |resource| resource.field(4, "Type") == Some(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_this_version_has_what_costs_money() {
        let template = StackTemplate::parse(TEMPLATE);
        for function in ["Convert", "Split", "Load", "Summarize", "Notify", "Recover"] {
            let memory = template.property(&format!("{function}Function"), "MemorySize");
            assert!(memory.is_some_and(|memory| memory.parse::<u32>().is_ok()), "{function}: {memory:?}");
        }
        assert_eq!(template.default_of("DeletionProtection"), Some("true"));
        assert_eq!(template.standing("AWS::KMS::Key"), 1);
        assert!(template.standing("AWS::CloudWatch::Alarm") > 0);
    }

    /// Each of the dashboard's dollars would be most of what an empty stack costs.
    #[test]
    fn a_stack_has_no_dashboard_unless_it_is_asked_for() {
        let template = StackTemplate::parse(TEMPLATE);
        let kind = "AWS::CloudWatch::Dashboard";
        assert_eq!((template.standing(kind), template.optional(kind)), (0, 1));
        assert_eq!(template.default_of("Dashboard"), Some("false"));
    }

    #[test]
    fn any_text_is_read() {
        for text in
            ["", ":", "  a:\n    b", "Resources:\n    Type: x\n", "Resources:\n  é: 1\n      MemorySize:"]
        {
            assert_eq!(StackTemplate::parse(text).standing("AWS::KMS::Key"), 0, "{text}");
        }
    }
}
