//! The pages of `lineup serve` and `lineup web`: the timetable, and what the imports did.
//!
//! [`router`] makes a web server of two things that answer questions, [`LineupQuestions`] and [`ImportJournal`]: this
//! crate knows no AWS SDK. Pages are made on the server with `maud`, which escapes every value. They have no inline
//! script or style, and the policy that is sent with them forbids both. Everything but live parts and favourites works
//! without scripts.
//!
//! The server is for one person on one machine: it listens on loopback, and [`Access`] keeps everyone else out.

mod access;
mod assets;
mod choices;
mod data;
mod drafts;
mod form;
mod frame;
mod kept;
mod machine;
mod pace;
mod pages;
mod respond;
mod server;
mod shown_state;
mod state;
mod versions;
mod visits;
mod words;

pub use access::Access;
pub use choices::ImportChoices;
pub use data::{
    CheckedLineup, ChunkFacts, ChunkStates, DataError, ExecutionList, FunctionOutput, ImportJournal,
    LineupQuestions, ListedExecution, RejectLine, RejectsForm, ShownImport, StartedImport,
};
pub use pace::ChunkTime;
pub use server::{listen, router, serve};
pub use shown_state::ShownState;
pub use state::WebOptions;
pub use versions::{
    ListedLineup, ProposedChanges, ProposedSet, SetOrigin, ShownChange, ShownVersion, VersionDifferences,
};
pub use visits::{ExecutionEvent, ExecutionEventKind, StateVisit, VisitEnd, visits};
