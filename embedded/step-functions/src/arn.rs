//! The ARNs of a state machine's executions, Map Runs and their children.
//!
//! Forms: Step Functions API reference, DescribeMapRun and DescribeExecution; Step Functions
//! guide, "Restarting Map Runs": a child's state machine is `<machine>/<label>`.

use uuid::Uuid;

use crate::config::Config;

/// Makes the ARNs of one state machine.
#[derive(Debug, Clone)]
pub(crate) struct Arns {
    prefix: String,
    machine: String,
}

impl Arns {
    pub(crate) fn new(config: &Config) -> Self {
        let prefix = format!("arn:aws:states:{}:{}", config.region, config.account);
        Self { prefix, machine: config.machine.clone() }
    }

    pub(crate) fn state_machine(&self) -> String {
        format!("{}:stateMachine:{}", self.prefix, self.machine)
    }

    pub(crate) fn execution(&self, name: &str) -> String {
        format!("{}:execution:{}:{name}", self.prefix, self.machine)
    }

    pub(crate) fn child_state_machine(&self, label: &str) -> String {
        format!("{}:stateMachine:{}/{label}", self.prefix, self.machine)
    }

    pub(crate) fn child(&self, label: &str, name: Uuid) -> String {
        format!("{}:execution:{}/{label}:{name}", self.prefix, self.machine)
    }

    pub(crate) fn map_run(&self, label: &str, id: Uuid) -> String {
        format!("{}:mapRun:{}/{label}:{id}", self.prefix, self.machine)
    }

    /// The name in an execution's ARN, if it is one of this state machine's.
    pub(crate) fn name_of_execution<'a>(&self, arn: &'a str) -> Option<&'a str> {
        arn.strip_prefix(self.prefix.as_str())?
            .strip_prefix(":execution:")?
            .strip_prefix(&self.machine)?
            .strip_prefix(':')
    }

    /// The name in a child's ARN.
    pub(crate) fn name_of_child(&self, arn: &str) -> Option<Uuid> {
        self.id_after_label(arn, ":execution:")
    }

    /// The id in a Map Run's ARN.
    pub(crate) fn id_of_map_run(&self, arn: &str) -> Option<Uuid> {
        self.id_after_label(arn, ":mapRun:")
    }

    fn id_after_label(&self, arn: &str, kind: &str) -> Option<Uuid> {
        let rest = arn.strip_prefix(self.prefix.as_str())?.strip_prefix(kind)?.strip_prefix(&self.machine)?;
        let (_, id) = rest.strip_prefix('/')?.rsplit_once(':')?;
        id.parse().ok()
    }
}

/// The label in a Map Run's ARN.
pub(crate) fn label_of(map_run_arn: &str) -> &str {
    map_run_arn.rsplit_once(':').and_then(|(rest, _)| rest.rsplit_once('/')).map_or("", |(_, label)| label)
}

/// The name of the child that works on item number `index`. It follows from the Map Run, so
/// that no list of children needs to be kept.
pub(crate) fn child_name(map_run: Uuid, index: u64) -> Uuid {
    Uuid::new_v5(&map_run, &index.to_be_bytes())
}
