//! lineup-local
