//! What was added to the pages of files, lineups and sets: options, versions, warnings, figures.

use axum::http::StatusCode;
use lineup_web::{ShownState, WebOptions};

use crate::ID;
use crate::browser::{Browser, ORIGIN, hidden};
use crate::sample::{SampleImports, SampleLineup};

#[tokio::test]
async fn a_file_is_checked_again_with_options_and_imported_with_them() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let token = browser.form_token().await;
    let page = browser.drop_file(&token, "fest.csv", "Performer,Stage\nA,B\n").await.text;
    for option in lineup::options::FILE_OPTIONS {
        assert!(page.contains(&format!("name=\"option-{}\"", option.name)), "{} has a field", option.name);
    }
    for text in ["What would change", "1 moved", "2025-07-12 21:00 Main Stage", "and 3 more"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let draft = hidden(&page, "draft");
    let said = format!(
        "form_token={token}&draft={draft}&option-day=Saturday%3D2025-07-12%0D%0ASunday%3D2025-07-13&as=other.csv"
    );
    let again = browser.post("/check/again", ORIGIN, said).await.text;
    assert!(
        again.contains(
            "lineup import fest.csv --day Saturday=2025-07-12 --day Sunday=2025-07-13 --as other.csv"
        ),
        "{again}"
    );
    assert!(
        again.contains(
            "<textarea name=\"option-day\" hidden>Saturday=2025-07-12\nSunday=2025-07-13</textarea>"
        ),
        "{again}"
    );
    let form = format!("form_token={token}&draft={draft}&option-day=Saturday%3D2025-07-12&option-pm=true");
    browser.post("/import", ORIGIN, form).await;
    assert_eq!(browser.imports.asked(), ["start fest.csv Saturday=2025-07-12 true"]);
}

#[tokio::test]
async fn a_file_that_is_refused_stays_for_other_options() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let token = browser.form_token().await;
    let page = browser.drop_file(&token, "fest.csv", "Performer,Stage\nA,B\n").await.text;
    let form =
        |dates: &str| format!("form_token={token}&draft={}&option-dates={dates}", hidden(&page, "draft"));
    let refused = browser.post("/check/again", ORIGIN, form("mdy")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("no month 13") && refused.text.contains("<option value=\"mdy\" selected>"),
        "{}",
        refused.text
    );
    assert_eq!(browser.post("/check/again", ORIGIN, form("dmy")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn pages_that_only_read_take_no_form_that_changes_something() {
    let options =
        WebOptions { may_change: false, command: "lineup --stack fest".to_owned(), ..WebOptions::default() };
    let imports = SampleImports::new(4, ShownState::Failed);
    let browser = Browser::with_options(SampleLineup::weekend(), imports, options).await;
    let token = browser.form_token().await;
    let checked = browser.drop_file(&token, "fest.csv", "Performer,Stage\nA,B\n").await.text;
    assert!(
        checked.contains("lineup --stack fest import fest.csv") && !checked.contains(">Import it<"),
        "{checked}"
    );
    let draft = hidden(&checked, "draft").to_owned();
    let forms = [
        ("/import".to_owned(), format!("&draft={draft}")),
        (format!("/imports/{ID}/redrive"), String::new()),
        (format!("/imports/{ID}/rerun"), String::new()),
        ("/lineup/restore".to_owned(), format!("&name=weekend%20%26%20more.csv&version={ID}")),
    ];
    for (target, fields) in forms {
        let answer = browser.post(&target, ORIGIN, format!("form_token={token}{fields}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{target}");
        assert!(answer.text.contains("--allow-changes"), "{target}");
    }
    assert!(browser.imports.asked().is_empty());
    let page = browser.get(&format!("/imports/{ID}")).await.text;
    assert!(
        page.contains("lineup --stack fest redrive") && !page.contains("<form class=\"action\""),
        "{page}"
    );
}

#[tokio::test]
async fn the_organiser_sees_warnings_and_what_the_last_version_changed() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Succeeded)).await;
    let index = browser.get("/").await.text;
    for text in ["For the organiser", "2 sets last longer than 12 hours", "12 added, 3 changed", "and 1 more"]
    {
        assert!(index.contains(text), "{text}: {index}");
    }
    assert!(browser.get("/day/2025-07-12").await.text.contains("2 warnings for the organiser"));
    let import = browser.get(&format!("/imports/{ID}")).await.text;
    assert!(import.contains("Compared with the version before: 12 added"), "{import}");
}

#[tokio::test]
async fn a_version_is_brought_back_by_its_button() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Succeeded)).await;
    let page = browser.get("/lineup?name=weekend%20%26%20more.csv").await.text;
    assert!(
        page.contains("lineup restore &#39;weekend &amp; more.csv&#39; --version")
            || page.contains("lineup restore 'weekend &amp; more.csv' --version"),
        "{page}"
    );
    assert_eq!(
        page.matches("Bring this version back").count(),
        1,
        "the current one is there, the third is gone"
    );
    let token = browser.form_token().await;
    let version = hidden(&page, "version");
    let form = format!("form_token={token}&name=weekend%20%26%20more.csv&version={version}");
    let answer = browser.post("/lineup/restore", ORIGIN, form).await;
    assert_eq!(answer.headers["location"], format!("/imports/{ID}?execution=second"));
    assert_eq!(browser.imports.asked(), ["restore weekend & more.csv 2"]);
}

#[tokio::test]
async fn a_set_says_its_columns_its_line_and_what_else_its_performer_plays() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let performer = browser.get("/performer?name=Rosal%C3%ADa").await.text;
    let address = "/set?name=Rosal%C3%ADa&amp;stage=Main%20Stage&amp;date=2025-07-12&amp;start=20:00";
    assert!(performer.contains(address), "{performer}");
    let set = browser.get(&address.replace("&amp;", "&")).await.text;
    for text in ["line 17", "93 of 100", "Genre", "River Stage", &format!("/imports/{ID}")] {
        assert!(set.contains(text), "{text}: {set}");
    }
    let gone = browser.get("/set?name=Rosal%C3%ADa&stage=Elsewhere&date=2025-07-12&start=20:00").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/set?name=A&date=x").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_import_shows_how_fast_it_went_and_a_chunk_its_log() {
    let browser = Browser::new(SampleImports::new(40, ShownState::Failed)).await;
    let page = browser.get(&format!("/imports/{ID}")).await.text;
    for text in ["rows a second, at most", "requests throttled", "39 of 40 chunks: the quickest took"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let chunk = browser.get(&format!("/imports/{ID}/chunks/2")).await.text;
    assert!(chunk.contains("<h2>Its execution</h2>") && chunk.contains("2 attempts"), "{chunk}");
}
