//! What planners call the columns, in English, German, French, Spanish, Italian, Dutch, Portuguese, Danish, Norwegian
//! and Swedish.
//!
//! Names are compared folded (without case, accents, spaces and punctuation), so `Start Time` stands for
//! `start_time` and `startTime` too. The lists follow exports and templates of schedule tools (Clashfinder,
//! pretalx, frab, Sched, Guidebook, Attendify, Hopin, Accelevents, calendars) and lineups in public repositories.

use super::known::KnownColumn::{self, Date, Duration, End, Performer, Popularity, Stage, Start};

/// How surely a name means its column. Of several names the first rank wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// The name of the column in lineup.
    Exact,
    /// It means this and hardly anything else.
    Specific,
    /// It is a word for a name. In a row with a name and a title, the title is that of the set.
    Name,
    /// It is a word for a title. In a row with a title and an event, a session or the like, that is what it is part of.
    Title,
    /// It means this where nothing better is there.
    Generic,
    /// It means this where not even a generic name is there.
    Last,
}
use Rank::{Exact, Generic, Last, Name, Specific, Title};

/// The names of each column by rank. [`Date`] is special: its names from [`Generic`] on are those of days, which
/// may be weekdays.
#[rustfmt::skip]
pub(super) const SYNONYMS: [(KnownColumn, Rank, &[&str]); 24] = [
    (Performer, Exact, &["Performer"]),
    (Performer, Specific, &[
        "performers", "performer name", "performing artist", "artist", "artists", "artist name", "artist names",
        "main artist", "act", "acts", "act name", "band", "bands", "band name", "musician", "musicians", "singer",
        "dj", "djs", "dj name", "talent", "ensemble", "comedian", "speaker", "speakers", "speaker name",
        "speaker names", "presenter", "presenters",
        "Künstler", "Kuenstler", "Künstlerin", "Künstlerinnen", "Künstlername", "Interpret", "Interpreten",
        "Interpretin", "Musiker", "Referent", "Referenten", "Referentin", "Referentinnen", "Redner", "Vortragende",
        "artiste", "artistes", "nom artiste", "nom de l'artiste", "groupe", "groupes", "nom du groupe", "interprète",
        "interprètes", "intervenant", "intervenants", "intervenante", "conférencier", "orateur",
        "artista", "artistas", "nombre artista", "nombre del artista", "nombre de la banda", "grupo", "grupos", "banda", "bandas",
        "intérpretes", "músico", "músicos", "ponente", "ponentes",
        "artisti", "nome artista", "gruppo", "gruppi", "interpreti", "relatore", "relatori",
        "artiest", "artiesten", "artiestennaam", "naam artiest", "groep", "groepen", "bandnaam", "muzikant",
        "muzikanten", "spreker", "sprekers",
        "nome do artista", "palestrante", "palestrantes", "orador", "oradores", "atração", "atrações",
        "kunstner", "kunstnere", "kunstnernavn", "artistnavn", "bandnavn", "optrædende", "musikere", "foredragsholder",
        "foredragsholdere", "taler", "talere", "artister", "akt", "akter", "artistnamn", "bandnamn", "uppträdande",
        "föreläsare", "talare",
    ]),
    (Performer, Name, &["name", "nom", "nombre", "nome", "naam", "navn", "namn"]),
    (Performer, Title, &["title", "Titel", "titre", "título", "titolo", "tittel"]),
    (Performer, Generic, &[
        "event", "event name", "event title", "session",
        "session title", "session name", "talk", "talk title", "show", "show name", "schedule name", "performance",
        "concert", "gig", "activity",
        "Veranstaltung", "Programmpunkt", "Auftritt", "Konzert", "Vortrag", "Bezeichnung",
        "spectacle", "événement", "conférence",
        "evento", "concierto", "actuación", "espectáculo", "actividad", "charla",
        "concerto", "spettacolo",
        "voorstelling", "optreden", "evenement",
        "espetáculo", "atuação", "palestra",
        "arrangement", "begivenhed", "koncert", "konsert", "forestilling", "opptreden", "foredrag", "programpunkt",
        "programpost", "indslag", "inslag", "evenemang", "föreställning", "föredrag", "föreläsning",
    ]),
    (Performer, Last, &[
        "summary", "subject", "group", "Gruppe", "headliner", "headliners", "lineup", "display name", "label",
    ]),

    (Stage, Exact, &["Stage"]),
    (Stage, Specific, &[
        "stages", "stage name", "venue", "venue name", "venues", "room", "room name", "rooms", "hall", "floor",
        "dancefloor", "tent", "arena", "theatre", "theater", "auditorium",
        "Bühne", "Buehne", "Bühnen", "Bühnenname", "Raum", "Räume", "Saal", "Spielstätte", "Spielort",
        "Veranstaltungsort", "Zelt", "Halle",
        "scène", "scènes", "nom de la scène", "nom scène", "salle", "salles", "chapiteau",
        "escenario", "escenarios", "nombre del escenario", "sala", "salas", "recinto", "carpa",
        "palco", "palchi", "palcoscenico", "nome palco", "stanza",
        "podium", "podia", "podiumnaam", "zaal", "zalen", "ruimte",
        "palcos", "nome do palco", "tenda",
        "scener", "scenenavn", "spillested", "spilleplads", "lokale", "lokaler", "rum", "rom", "sal", "saler", "telt",
        "scen", "scennamn", "spelplats", "lokal", "tält",
    ]),
    (Stage, Generic, &[
        "place", "location", "location name", "locations", "where", "site", "area", "zone",
        "Ort", "Standort", "Platz", "Örtlichkeit",
        "lieu", "lieux", "endroit", "emplacement", "espace",
        "lugar", "ubicación", "localización", "sitio", "sede", "espacio", "zona",
        "luogo", "posto", "spazio", "dove",
        "locatie", "locaties", "plaats", "plek", "waar",
        "local", "localização", "espaço", "onde",
        "sted", "plads", "plass", "område", "hvor", "plats",
    ]),
    (Stage, Last, &["track", "stream"]),

    (Start, Exact, &["Start"]),
    (Start, Specific, &[
        "start time", "start times", "time start", "start at", "starts", "starts at", "start hour", "start local",
        "local start", "start datetime", "start date and time", "datetime start", "start timestamp", "dtstart",
        "begin", "begins", "begins at", "begin time", "beginning", "from", "from time", "from hour", "time from",
        "set start", "set start time", "set time start", "set time", "set times", "stage time", "show time", "play time",
        "performance time", "performance start", "begin datetime", "set begin", "set begins", "gig start", "event start", "event start time", "session start",
        "session start time", "scheduled start", "scheduled time", "on stage", "start end", "from to",
        "Beginn", "Anfang", "Startzeit", "Anfangszeit", "Uhrzeit Beginn", "Beginn Uhrzeit", "von", "ab",
        "Uhrzeit von", "Zeit von", "von bis", "Auftrittszeit", "Spielbeginn", "Auftrittsbeginn",
        "début", "heure début", "heure de début", "heure du début", "heure de passage", "commence",
        "inicio", "hora inicio", "hora de inicio", "hora inicial", "comienzo", "hora de comienzo", "hora comienzo", "empieza", "desde",
        "inizio", "ora inizio", "ora di inizio", "orario inizio", "orario di inizio", "inizia", "dalle",
        "aanvang", "aanvangstijd", "begintijd", "starttijd", "van", "vanaf", "tijd van", "van tot",
        "horário início", "horário de início", "hora do início", "começo", "começa",
        "starttid", "starttidspunkt", "start kl", "starter", "begynder", "begyndelse", "begynner", "begynnelse", "fra",
        "fra kl", "fra til", "startar", "börjar", "början", "från", "från kl", "från till",
    ]),
    (Start, Generic, &[
        "time", "times", "when", "datetime", "date and time", "time slot", "slot", "time range", "hour",
        "Zeit", "Zeiten", "Uhrzeit", "Spielzeit", "Zeitraum", "wann", "Datum Uhrzeit", "Datum und Uhrzeit",
        "Datum Zeit",
        "heure", "heures", "horaire", "horaires", "quand", "créneau", "créneau horaire", "date et heure", "date heure",
        "hora", "horas", "horario", "horarios", "cuándo", "fecha y hora", "fecha hora",
        "ora", "ore", "orario", "orari", "quando", "data e ora", "data ora",
        "tijd", "tijden", "tijdstip", "wanneer", "datum en tijd", "datum tijd",
        "data e hora", "data hora",
        "tid", "tider", "tidspunkt", "tidspunkter", "kl", "klokken", "klokkeslæt", "klokkeslett", "klockan", "klockslag",
        "hvornår", "når", "när", "dato og tid", "dato tid", "dato og klokkeslæt", "datum och tid", "datum tid",
    ]),

    (End, Exact, &["End"]),
    (End, Specific, &[
        "end time", "end times", "time end", "end at", "ends", "ends at", "end hour", "end local", "local end",
        "end datetime", "end date and time", "datetime end", "end timestamp", "dtend", "finish", "finishes",
        "finish time", "to", "to time", "to hour", "time to", "until", "till", "stop", "stops", "stop time", "set end",
        "set end time", "set time end", "performance end", "set ends", "set finish", "gig end", "event end", "event end time", "session end", "session end time",
        "scheduled end", "off stage",
        "Ende", "Endzeit", "Schluss", "bis", "Uhrzeit bis", "Zeit bis", "Uhrzeit Ende", "Ende Uhrzeit", "endet",
        "Spielende", "Auftrittsende",
        "fin", "heure fin", "heure de fin", "jusqu'à",
        "hora fin", "hora de fin", "hora final", "final", "termina", "término", "hora de término", "hasta", "hora término", "horario fin", "horario de fin", "finaliza",
        "hora de finalización",
        "fine", "ora fine", "ora di fine", "orario fine", "orario di fine", "finisce", "alle",
        "einde", "eind", "eindtijd", "tot", "tijd tot", "eindigt",
        "fim", "hora fim", "hora de fim", "hora do fim", "horário fim", "horário de fim", "horário de término", "até",
        "slut", "sluttid", "sluttidspunkt", "slut kl", "slutter", "afslutning", "til", "til kl", "slutt", "avslutning",
        "slutar", "till kl",
    ]),

    (Date, Exact, &["Date"]),
    (Date, Specific, &[
        "dates", "day date", "event date", "performance date", "show date", "set date", "session date", "gig date",
        "concert date", "date of play", "date of performance", "local date", "calendar date",
        "Datum", "Termin", "Veranstaltungsdatum", "Spieldatum", "Auftrittsdatum",
        "date du concert", "date concert",
        "fecha", "fechas", "fecha evento", "fecha del evento",
        "data", "data evento", "data concerto",
        "speeldatum", "datum optreden",
        "data do evento",
        "dato", "datoer", "spilledato", "koncertdato", "konsertdato", "konsertdatum", "speldatum",
    ]),
    (Date, Generic, &[
        "day", "festival day", "event day", "Tag", "Festivaltag", "jour", "journée", "día", "giorno", "giornata",
        "dag", "festivaldag",
    ]),
    (Date, Last, &[
        "weekday", "day of week", "day of the week", "dow", "day name", "day label", "Wochentag",
        "jour de la semaine", "jour semaine", "día de la semana", "giorno della settimana", "weekdag",
        "dag van de week", "dia da semana",
        "ugedag", "ukedag", "veckodag",
    ]),

    (Popularity, Exact, &["Popularity", "PopularityScore"]),
    (Popularity, Specific, &[
        "popularity index", "popularity rating", "artist popularity", "spotify popularity", "Beliebtheit",
        "Popularität", "popularité", "popularidad", "popolarità", "populariteit", "popularidade",
        "popularitet",
    ]),
    (Popularity, Generic, &[
        "rating", "score", "Bewertung", "évaluation", "valoración", "puntuación", "valutazione", "punteggio",
        "waardering", "beoordeling", "avaliação", "pontuação",
        "vurdering", "betyg",
    ]),

    (Duration, Exact, &["Duration"]),
    (Duration, Specific, &[
        "duration minutes", "duration in minutes", "duration min", "duration mins", "minutes", "mins", "min", "length",
        "length minutes", "length in minutes", "length min", "length mins", "set length", "set duration", "run time",
        "running time",
        "Dauer", "Spieldauer", "Auftrittsdauer", "Länge", "Laenge", "Spiellänge", "Minuten", "Dauer Minuten",
        "Dauer Min", "Dauer in Minuten",
        "durée", "durée minutes", "durée min", "durée en minutes",
        "duración", "minutos", "duración minutos", "duración min", "duración en minutos",
        "durata", "minuti", "durata minuti", "durata min", "durata in minuti",
        "duur", "tijdsduur", "speelduur", "lengte", "duur minuten", "duur in minuten",
        "duração", "duração minutos", "duração min", "duração em minutos",
        "varighed", "varighed i minutter", "længde", "minutter", "varighet", "varighet i minutter", "lengde",
        "varaktighet", "längd", "längd i minuter", "minuter",
    ]),
];

/// The names of a day on which something starts. Where no other column is the start, it holds the time too, as in
/// schema.org's Event.
#[rustfmt::skip]
pub(super) const START_DATES: [&str; 32] = [
    "start date", "date start", "begin date", "beginning date", "event start date", "session start date", "from date",
    "date from", "start day",
    "Startdatum", "Anfangsdatum", "Beginndatum", "Datum von", "Datum Beginn",
    "date début", "date de début",
    "fecha inicio", "fecha de inicio", "fecha inicial", "fecha desde",
    "data inizio", "data di inizio",
    "begindatum", "datum van", "datum start",
    "data início", "data de início", "data inicial",
    "startdato", "begyndelsesdato", "fra dato", "från datum",
];

/// The names of a day on which something ends. It is the end where [`START_DATES`] are the start.
#[rustfmt::skip]
pub(super) const END_DATES: [&str; 29] = [
    "end date", "date end", "event end date", "session end date", "to date", "date to", "finish date", "end day",
    "Enddatum", "Datum bis", "Datum Ende",
    "date fin", "date de fin",
    "fecha fin", "fecha de fin", "fecha final", "fecha hasta",
    "data fine", "data di fine",
    "einddatum", "datum tot",
    "data fim", "data de fim", "data final",
    "slutdato", "sluttdato", "slutdatum", "til dato", "till datum",
];

/// The names that mean a column, by rank, as the documents list them.
///
/// ```
/// use lineup::header::{KnownColumn, synonyms_of};
///
/// assert_eq!(synonyms_of(KnownColumn::Popularity).next(), Some("Popularity"));
/// assert!(synonyms_of(KnownColumn::Stage).any(|name| name == "Bühne"));
/// ```
pub fn synonyms_of(known: KnownColumn) -> impl Iterator<Item = &'static str> {
    let lists = SYNONYMS.iter().filter(move |(column, ..)| *column == known);
    let start_dates = START_DATES.iter().filter(move |_| known == Date);
    lists.flat_map(|(_, _, names)| names.iter()).chain(start_dates).copied()
}
