// The grammar of SLQL. query/ast/ast.h mirrors it, docs/language explains it.
//
// It is unambiguous where it matters: SLL and LL give the same trees, and a test parses the corpus in
// exact ambiguity detection and wants no report. Keep it so; an ambiguity costs a multiple in time.
//
// Reserved words are few (26); all other keywords stay usable as names. NOT stands below the
// comparisons, else NOT a = b would be (NOT a) = b.
parser grammar SLQLParser;
options { tokenVocab = SLQLLexer; }

// ========================================================================
// 1. Statements
// ========================================================================
// The server parses a script statement by statement (SEMI occurs nowhere else), so that one broken
// statement is reported by itself; editors use `script`.
script     : SEMI* ( statement ( SEMI+ statement )* SEMI* )? EOF ;
singleStatement : statement EOF ;

statement  : ( K_EXPLAIN | K_PROFILE | K_WHY )? K_CYPHER? query       # QueryStmt
           | definition                                        # DefinitionStmt
           | K_SHOW showKind ( K_NAMED expression )?               # ShowStmt
           | K_DESCRIBE ( K_CLASS | K_PREDICATE | K_QUERY )? expression # DescribeStmt
           ;

showKind   : K_CLASSES | K_PREDICATES | K_QUERIES | K_EDGES | K_PREFIXES | K_SOURCES ;

query      : scopeItem* linearQuery ( K_UNION ( K_ALL | K_DISTINCT )? linearQuery )* ;

// A linear query is a list of steps; a query that ends without RETURN
// returns every named variable.
linearQuery: step+ returnClause?
           | returnClause
           ;

step       : withClause
           | ( matchClause | unwindClause | letClause | filterClause | callClause ) pageStep*
           | assertClause
           | retractClause
           ;
pageStep   : orderBy | skip | limit ;     // usable in mid-query without WITH

// ========================================================================
// 2. Reading
// ========================================================================
matchClause  : K_OPTIONAL? K_MATCH patternList matchModifier* where? ;
matchModifier: scopeItem | avoiding ;

where        : K_WHERE expression ;
filterClause : K_FILTER expression ;
letClause    : K_LET letItem ( COMMA letItem )* ;
letItem      : variable EQ expression ;
unwindClause : K_UNWIND expression K_AS variable ;

callClause   : K_CALL qualifiedName ( LPAREN ( expression ( COMMA expression )* )? RPAREN )?
               ( K_YIELD ( STAR | yieldItem ( COMMA yieldItem )* ) where? )? ;
yieldItem    : name ( K_AS variable )? ;

withClause   : K_WITH projection where? ;
returnClause : K_RETURN projection ;
projection   : K_DISTINCT? ( STAR | projItem ) ( COMMA projItem )* orderBy? skip? limit? ;
projItem     : expression ( K_AS variable )? ;

orderBy      : K_ORDER K_BY sortItem ( COMMA sortItem )* ;
sortItem     : expression ( K_ASC | K_ASCENDING | K_DESC | K_DESCENDING )? ;
skip         : K_SKIP expression ;
limit        : K_LIMIT expression ( K_AFTER expression )? ;

// ---- scope: which statements count ---------------------------------------
scopeItem    : K_AS K_OF timePoint                                        # ValidAt
             | K_DURING timePoint ( K_TO timePoint )?                     # ValidDuring
             | K_AS K_KNOWN K_AT timePoint                                  # KnownAt
             | K_NOT? K_ACCORDING K_TO sourceRef ( COMMA sourceRef )*       # AccordingTo
             | K_RELIABILITY name K_OR K_BETTER                             # MinReliability
             | K_CREDIBILITY INTEGER K_OR K_BETTER                          # MinCredibility
             | K_BACKED K_BY INTEGER K_SOURCES                              # MinSources
             | ( K_INCLUDING | K_EXCLUDING | K_ONLY ) ( K_DENIED | K_DISPUTED | K_UNDATED ) # Polarity
             | K_MARKED K_AT K_MOST literal                                 # MaxMarking
             | K_RELEASABLE K_TO literal ( COMMA literal )*               # ReleasableTo
             ;

sourceRef    : ID | STRING | parameter | variable ;
timePoint    : INTEGER MINUS INTEGER           // 2023-10
             | INTEGER                         // 2023
             | TEMPORAL | STRING | parameter
             | qualifiedName LPAREN ( expression ( COMMA expression )* )? RPAREN   // now(), date('2023-10')
             | variable ( DOT propertyName )*
             ;

// ---- path limits -----------------------------------------------------------
avoiding     : K_AVOIDING avoidItem ( COMMA avoidItem )* ;
avoidItem    : K_HUBS K_OVER expression | nodePattern ;

// ========================================================================
// 3. Patterns
// ========================================================================
patternList  : pattern ( COMMA pattern )* ;
pattern      : ( variable EQ )? pathSelector? pathTerm+ ( K_COST expression )? ;

pathSelector : K_ALL K_SHORTEST pathMode? K_PATHS?
             | K_ANY K_SHORTEST pathMode? K_PATHS?
             | K_SHORTEST intOrParam? pathMode? ( K_PATHS | K_GROUPS )?
             | K_CHEAPEST intOrParam? pathMode? K_PATHS?
             | ( K_ALL | K_ANY intOrParam? ) pathMode? K_PATHS?
             | pathMode K_PATHS?
             ;
pathMode     : K_WALK | K_TRAIL | K_SIMPLE | K_ACYCLIC ;

// alternation of nodes and edges is checked after parsing (better messages)
pathTerm     : nodePattern
             | edgePattern quantifier?
             | LPAREN ( variable EQ )? pathTerm+ where? RPAREN quantifier?
             ;

quantifier   : STAR
             | PLUS
             | LBRACE intOrParam RBRACE
             | LBRACE intOrParam? COMMA intOrParam? RBRACE
             ;
intOrParam   : INTEGER | parameter ;

nodePattern  : LPAREN nodeHead? classTest? namedTest? properties? where? RPAREN ;
nodeHead     : ID | STRING | variable ;
namedTest    : K_NAMED TILDE? expression ;

edgePattern  : LT MINUS ( LBRACK edgeFiller RBRACK )? MINUS GT?
             | MINUS ( LBRACK edgeFiller RBRACK )? MINUS GT?
             ;
edgeFiller   : variable? classTest? hops? statementVar? properties? where? ;
hops         : STAR ( intOrParam ( DOTDOT intOrParam? )? | DOTDOT intOrParam? )? ;
statementVar : ATNAME ;

properties   : map ;

classTest    : ( COLON | K_IS COLON ) classExpr ( COLON classExpr )* ;
classExpr    : classAnd ( PIPE COLON? classAnd )* ;      // A|B|C
classAnd     : classNot ( AMP classNot )* ;               // A&!B
classNot     : BANG classNot | classAtom ;
// A class is also a node: beside its name stand its id (#prod/optics) and its quoted name ("optics").
classAtom    : K_ONLY? ( className | ID | STRING | parameter )
             | PERCENT                                    // any class
             | LPAREN classExpr RPAREN
             ;

// ========================================================================
// 4. Expressions (tightest first)
// ========================================================================
expression
    : atom                                                                    # AtomExpr
    | expression DOT propertyName                                             # PropertyExpr
    | expression LBRACK ( expression ( DOTDOT expression? )? | DOTDOT expression? ) RBRACK    # IndexExpr  // and slices
    | expression ( COLON | K_IS COLON ) classAnd                              # ClassTestExpr  // alternation needs ( ): x:(A|B)
    | ( PLUS | MINUS ) expression                                             # SignExpr
    | expression CARET expression                                             # PowerExpr
    | expression ( STAR | SLASH | PERCENT ) expression                        # MulExpr
    | expression ( PLUS | MINUS ) expression                                  # AddExpr
    | expression K_IS K_NOT? ( K_NULL | K_KNOWN | K_UNKNOWN )                           # NullExpr
    | expression K_NOT? K_IN expression                                           # InExpr
    | expression ( K_STARTS K_WITH | K_ENDS K_WITH | K_CONTAINS | REGEX ) expression    # StringExpr
    | expression K_NAMED TILDE? expression                                      # NamedExpr
    | expression ( EQ | NEQ | LT | LE | GT | GE ) expression                  # CompareExpr
    | K_NOT expression                                                          # NotExpr
    | expression K_AND expression                                               # AndExpr
    | expression K_XOR expression                                               # XorExpr
    | expression K_OR expression                                                # OrExpr
    ;

atom : literal
     | parameter
     | K_COUNT LPAREN STAR RPAREN
     | caseExpr
     | ( K_EXISTS | K_COUNT ) LBRACE subquery RBRACE
     | ( K_ALL | K_ANY | K_NONE | K_SINGLE ) LPAREN variable K_IN expression where? RPAREN
     | list
     | patternExpr
     | LPAREN expression RPAREN
     | functionName LPAREN K_DISTINCT? ( expression ( COMMA expression )* )? RPAREN
     | variable
     ;

subquery     : linearQuery ( K_UNION ( K_ALL | K_DISTINCT )? linearQuery )*
             | patternList where? ;

patternExpr  : nodePattern ( edgePattern nodePattern )+ ;

// Lists and comprehensions alike: [a, b]   [x IN xs WHERE x > 1 | x.name]   [p = (a)-->(b) | length(p)]
// Rules of their own would make the parser read to the end of the brackets to tell them apart, again
// on each level of nesting. What may stand before WHERE and | is checked after parsing.
list                 : LBRACK ( expression ( where? ( PIPE expression )? | ( COMMA expression )+ ) )? RBRACK ;
map                  : LBRACE ( mapEntry ( COMMA mapEntry )* )? RBRACE ;
// A number that is stated may say how it is meant: {share: <~ 70 '%', amount: > 500M USD}. Only here,
// where a value follows a colon, so that  a > > 5  stays the mistake it is.
mapEntry             : propertyName COLON ( comparedNumber | expression ) ;
comparedNumber       : ( TILDE | LT TILDE? | GT TILDE? ) ( PLUS | MINUS )? number unit? ;

caseExpr     : K_CASE expression? ( K_WHEN expression K_THEN expression )+ ( K_ELSE expression )? K_END ;

literal      : number unit?
             | STRING ATNAME?
             | TEMPORAL
             | ID
             | K_TRUE | K_FALSE | K_NULL
             | map
             ;
number       : INTEGER | FLOAT | SCALED ;
unit         : CURRENCY | STRING ;                // 900M USD, 20 'kg', 70 '%'
parameter    : PARAM ;

// ========================================================================
// 5. Writing: every statement names its source
// ========================================================================
assertClause : ( K_ASSERT | K_DENY ) patternList scopeItem* map? ;
retractClause: K_RETRACT expression ( COMMA expression )* K_BECAUSE expression ;

// ========================================================================
// 6. Definitions
// ========================================================================
definition
    : K_DEFINE K_CLASS className ( K_UNDER className ( COMMA className )* )? map?                  # DefineClass
    | K_DEFINE K_PREDICATE className K_FROM classExpr K_TO classExpr
          ( K_ONE | K_MANY | K_SYMMETRIC | K_TRANSITIVE | K_INVERSE className | K_UNDER className )* map? # DefinePredicate
    | K_DEFINE K_QUERY className LPAREN ( PARAM ( COMMA PARAM )* )? RPAREN map? K_AS query         # DefineQuery
    | K_DEFINE nodePattern edgePattern nodePattern map? K_AS matchClause+                        # DefineEdge
    | K_DEFINE K_PREFIX className K_AS STRING                                                      # DefinePrefix
    | K_DROP ( K_CLASS | K_PREDICATE | K_QUERY | K_EDGE | K_PREFIX ) className                                    # DropDefinition
    ;

// ========================================================================
// 7. Names
// ========================================================================
variable     : name ;
qualifiedName: name ( DOT name )* ;
// ALL, ANY, NONE and SINGLE before a bracket are quantifiers.
functionName : NAME | QUOTED | CURRENCY | callableKeyword | name ( DOT name )+ ;
className    : name | reservedWord ;
propertyName : name | reservedWord ;

name         : NAME | QUOTED | CURRENCY | softKeyword ;

softKeyword : callableKeyword | K_ALL | K_ANY | K_NONE | K_SINGLE ;

callableKeyword :
      K_ACCORDING | K_ACYCLIC | K_AFTER | K_ASC | K_ASCENDING | K_ASSERT | K_AT | K_AVOIDING
      | K_BACKED | K_BECAUSE | K_BETTER | K_BY | K_CALL | K_CHEAPEST | K_CLASS | K_CLASSES | K_CONTAINS
      | K_COST | K_COUNT | K_CREDIBILITY | K_CYPHER | K_DEFINE | K_DENIED | K_DENY | K_DESC | K_DESCENDING
      | K_DESCRIBE | K_DISPUTED | K_DROP | K_DURING | K_EDGE | K_EDGES | K_ENDS | K_EXCLUDING | K_EXISTS
      | K_EXPLAIN | K_FILTER | K_FROM | K_GROUPS | K_HUBS | K_INCLUDING | K_INVERSE | K_KNOWN | K_LET | K_MANY
      | K_MARKED | K_MOST | K_NAMED | K_OF | K_ONE | K_ONLY | K_OVER | K_PATHS | K_PREDICATE
      | K_PREDICATES | K_PREFIX | K_PREFIXES | K_PROFILE | K_QUERIES | K_QUERY | K_RELEASABLE | K_RELIABILITY | K_RETRACT
      | K_SHORTEST | K_SHOW | K_SIMPLE | K_SOURCES | K_STARTS | K_SYMMETRIC | K_TO | K_TRAIL
      | K_TRANSITIVE | K_UNDATED | K_UNDER | K_UNKNOWN | K_WALK | K_WHY | K_YIELD
      ;

reservedWord :
      K_AND | K_AS | K_CASE | K_DISTINCT | K_ELSE | K_END | K_FALSE | K_IN | K_IS | K_LIMIT | K_MATCH | K_NOT
      | K_NULL | K_OPTIONAL | K_OR | K_ORDER | K_RETURN | K_SKIP | K_THEN | K_TRUE | K_UNION | K_UNWIND | K_WHEN
      | K_WHERE | K_WITH | K_XOR
      ;
