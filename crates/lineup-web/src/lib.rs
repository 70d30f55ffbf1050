//! The pages of `lineup serve`: the timetable, and what the imports did.
//!
//! [`router`] makes a web server of two things that answer questions, [`LineupQuestions`] and [`ImportJournal`]: this
//! crate knows no AWS SDK. Pages are made on the server with `maud`, which escapes every value. They have no inline
//! script or style, and the policy that is sent with them forbids both. Everything but live parts and favourites works
//! without scripts.
//!
//! The server is for one person on one machine: it listens on loopback, and [`Access`] keeps everyone else out.

mod access;
mod assets;
mod data;
mod drafts;
mod frame;
mod kept;
mod machine;
mod pages;
mod respond;
mod server;
mod state;
mod visits;
mod words;

pub use access::Access;
pub use data::{
    CheckedLineup, ChunkFacts, ChunkStates, DataError, ExecutionList, ImportJournal, LineupQuestions,
    ListedExecution, RejectLine, RejectsForm, ShownImport, ShownState, StartedImport,
};
pub use server::{listen, router, serve};
pub use state::WebOptions;
pub use visits::{ExecutionEvent, ExecutionEventKind, StateVisit, VisitEnd, visits};
