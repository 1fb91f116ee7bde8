// The words and signs of SLQL.
//
// Made for antlr4 4.7.2, which knows no case-insensitive option: hence the one-letter fragments at
// the end. Keyword tokens have a prefix (K_NULL), because NULL and SKIP are names of the generated
// C++ and of ANTLR. Whatever fits nothing else becomes a token too (UNKNOWN_CHAR, UNTERMINATED_...),
// so that the parser meets it and can report it with its place.
lexer grammar SLQLLexer;

channels { COMMENTS }

// ---- keywords: reserved -------------------------------------------------
K_AND          : A N D ;
K_AS           : A S ;
K_CASE         : C A S E ;
K_DISTINCT     : D I S T I N C T ;
K_ELSE         : E L S E ;
K_END          : E N D ;
K_FALSE        : F A L S E ;
K_IN           : I N ;
K_IS           : I S ;
K_LIMIT        : L I M I T ;
K_MATCH        : M A T C H ;
K_NOT          : N O T ;
K_NULL         : N U L L ;
K_OPTIONAL     : O P T I O N A L ;
K_OR           : O R ;
K_ORDER        : O R D E R ;
K_RETURN       : R E T U R N ;
K_SKIP         : S K I P ;
K_THEN         : T H E N ;
K_TRUE         : T R U E ;
K_UNION        : U N I O N ;
K_UNWIND       : U N W I N D ;
K_WHEN         : W H E N ;
K_WHERE        : W H E R E ;
K_WITH         : W I T H ;
K_XOR          : X O R ;

// ---- keywords: soft (usable as names) -----------------------------------
K_ACCORDING    : A C C O R D I N G ;
K_ACYCLIC      : A C Y C L I C ;
K_AFTER        : A F T E R ;
K_ALL          : A L L ;
K_ANY          : A N Y ;
K_ASC          : A S C ;
K_ASCENDING    : A S C E N D I N G ;
K_ASSERT       : A S S E R T ;
K_AT           : A T ;
K_AVOIDING     : A V O I D I N G ;
K_BACKED       : B A C K E D ;
K_BECAUSE      : B E C A U S E ;
K_BETTER       : B E T T E R ;
K_BY           : B Y ;
K_CALL         : C A L L ;
K_CHEAPEST     : C H E A P E S T ;
K_CLASS        : C L A S S ;
K_CLASSES      : C L A S S E S ;
K_CONTAINS     : C O N T A I N S ;
K_COST         : C O S T ;
K_COUNT        : C O U N T ;
K_CREDIBILITY  : C R E D I B I L I T Y ;
K_CYPHER       : C Y P H E R ;
K_DEFINE       : D E F I N E ;
K_DENIED       : D E N I E D ;
K_DENY         : D E N Y ;
K_DESC         : D E S C ;
K_DESCENDING   : D E S C E N D I N G ;
K_DESCRIBE     : D E S C R I B E ;
K_DISPUTED     : D I S P U T E D ;
K_DROP         : D R O P ;
K_DURING       : D U R I N G ;
K_EDGE         : E D G E ;
K_EDGES        : E D G E S ;
K_ENDS         : E N D S ;
K_EXCLUDING    : E X C L U D I N G ;
K_EXISTS       : E X I S T S ;
K_EXPLAIN      : E X P L A I N ;
K_FILTER       : F I L T E R ;
K_FROM         : F R O M ;
K_GROUPS       : G R O U P S ;
K_HUBS         : H U B S ;
K_INCLUDING    : I N C L U D I N G ;
K_INVERSE      : I N V E R S E ;
K_KNOWN        : K N O W N ;
K_LET          : L E T ;
K_MANY         : M A N Y ;
K_MARKED       : M A R K E D ;
K_MOST         : M O S T ;
K_NAMED        : N A M E D ;
K_NONE         : N O N E ;
K_OF           : O F ;
K_ONE          : O N E ;
K_ONLY         : O N L Y ;
K_OVER         : O V E R ;
K_PATHS        : P A T H S ;
K_PREDICATE    : P R E D I C A T E ;
K_PREDICATES   : P R E D I C A T E S ;
K_PREFIX       : P R E F I X ;
K_PREFIXES     : P R E F I X E S ;
K_PROFILE      : P R O F I L E ;
K_QUERIES      : Q U E R I E S ;
K_QUERY        : Q U E R Y ;
K_RELEASABLE   : R E L E A S A B L E ;
K_RELIABILITY  : R E L I A B I L I T Y ;
K_RETRACT      : R E T R A C T ;
K_SHORTEST     : S H O R T E S T ;
K_SHOW         : S H O W ;
K_SIMPLE       : S I M P L E ;
K_SINGLE       : S I N G L E ;
K_SOURCES      : S O U R C E S ;
K_STARTS       : S T A R T S ;
K_SYMMETRIC    : S Y M M E T R I C ;
K_TO           : T O ;
K_TRAIL        : T R A I L ;
K_TRANSITIVE   : T R A N S I T I V E ;
K_UNDATED      : U N D A T E D ;
K_UNDER        : U N D E R ;
K_UNKNOWN      : U N K N O W N ;
K_WALK         : W A L K ;
K_WHY          : W H Y ;
K_YIELD        : Y I E L D ;

// ---- punctuation --------------------------------------------------------
LPAREN    : '(' ;
RPAREN    : ')' ;
LBRACK    : '[' ;
RBRACK    : ']' ;
LBRACE    : '{' ;
RBRACE    : '}' ;
COMMA     : ',' ;
SEMI      : ';' ;
COLON     : ':' ;
DOTDOT    : '..' ;
DOT       : '.' ;
PIPE      : '|' ;
AMP       : '&' ;
BANG      : '!' ;
PERCENT   : '%' ;
TILDE     : '~' ;
EQ        : '=' ;
NEQ       : '<>' | '!=' ;
LE        : '<=' ;
GE        : '>=' ;
LT        : '<' ;
GT        : '>' ;
REGEX     : '=~' ;
PLUS      : '+' ;
MINUS     : '-' ;
STAR      : '*' ;
SLASH     : '/' ;
CARET     : '^' ;

// ---- literals -----------------------------------------------------------
// bare ISO 8601 dates, date-times and quarters: 2023-10-01, 2023-10-01T08:30Z, 2023-Q4
TEMPORAL  : DIGIT DIGIT DIGIT DIGIT '-' ( DIGIT DIGIT '-' DIGIT DIGIT ( 'T' DIGIT DIGIT ':' DIGIT DIGIT ( ':' DIGIT DIGIT ( '.' DIGIT+ )? )? ( 'Z' | [+\-] DIGIT DIGIT ':'? DIGIT DIGIT )? )?
                        | 'Q' [1-4] ) ;
INTEGER   : DECINT | '0x' HEXD ( '_'? HEXD )* | '0o' [0-7] ( '_'? [0-7] )* ;
FLOAT     : DECINT '.' DECINT EXPONENT? [fFdD]?
          | '.' DECINT EXPONENT? [fFdD]?
          | DECINT EXPONENT [fFdD]? ;
// 40k, 900M, 1.2B : thousand, million, billion
SCALED    : DECINT ( '.' DECINT )? [kMB] ;
STRING    : '\'' ( ~['\\] | '\\' . | '\'\'' )* '\''
          | '"'  ( ~["\\] | '\\' . | '""' )* '"' ;
// entity / statement / source identifiers: #hikvision  #lei/5493001KJTIIGC8Y1R12  #s/8812, and with
// back-ticks for ids that have other signs in them: #`Q42:x`
ID        : '#' ID_CONT ( [/\-]? ID_CONT )*
          | '#`' ( ~'`' | '``' )+ '`' ;
// @st binds a statement inside an edge; after a string it is a language tag ('танк'@ru)
ATNAME    : '@' ID_START ID_CONT* ( '-' ID_CONT+ )* ;
PARAM     : '$' ( ID_CONT+ | '`' ( ~'`' | '``' )+ '`' ) ;
// three capitals: usable as a name, or as a currency after a number (900M USD)
CURRENCY  : [A-Z] [A-Z] [A-Z] ;
NAME      : ID_START ID_CONT* ;
QUOTED    : '`' ( ~'`' | '``' )+ '`' ;

WS        : [\p{White_Space}\u001C\u001D\u001E\u001F]+ -> skip ;
LINE_COMMENT  : '//' ~[\r\n]* -> channel(COMMENTS) ;
BLOCK_COMMENT : '/*' .*? '*/' -> channel(COMMENTS) ;

// anything else becomes a token so the PARSER reports it with context
UNTERMINATED_STRING  : '\'' ( ~['\\\r\n] | '\\' . )* | '"' ( ~["\\\r\n] | '\\' . )* ;
UNTERMINATED_NAME    : '#'? '`' ~[`\r\n]* ;
UNTERMINATED_COMMENT : '/*' ( ~'*' | '*'+ ~[*/] )* '*'* ;
UNKNOWN_CHAR : . ;

fragment ID_START : [\p{XID_Start}_] ;
fragment ID_CONT  : [\p{XID_Continue}] ;
fragment DECINT   : DIGIT ( '_'? DIGIT )* ;
fragment EXPONENT : [eE] [+\-]? DECINT ;
fragment HEXD     : [0-9a-fA-F] ;
fragment DIGIT    : [0-9] ;
fragment A : [Aa] ;
fragment B : [Bb] ;
fragment C : [Cc] ;
fragment D : [Dd] ;
fragment E : [Ee] ;
fragment F : [Ff] ;
fragment G : [Gg] ;
fragment H : [Hh] ;
fragment I : [Ii] ;
fragment J : [Jj] ;
fragment K : [Kk] ;
fragment L : [Ll] ;
fragment M : [Mm] ;
fragment N : [Nn] ;
fragment O : [Oo] ;
fragment P : [Pp] ;
fragment Q : [Qq] ;
fragment R : [Rr] ;
fragment S : [Ss] ;
fragment T : [Tt] ;
fragment U : [Uu] ;
fragment V : [Vv] ;
fragment W : [Ww] ;
fragment X : [Xx] ;
fragment Y : [Yy] ;
fragment Z : [Zz] ;
