#include "server/ingest/ftm_model.h"

#include <vector>

namespace sightline::server {
namespace {

struct SchemaEntry {
  std::string_view name;
  std::string_view parents;     // Separated by spaces.
  std::string_view properties;  // "name:type", separated by spaces; the schema's own only.
};

constexpr SchemaEntry kSchemata[] = {
    {"Address", "Thing",
     "city:string country:country full:address googlePlaceId:identifier latitude:number "
     "longitude:number osmId:identifier postOfficeBox:string postalCode:string region:string "
     "remarks:string state:string street:string street2:string"},
    {"Airplane", "Vehicle", "icaoCode:identifier manufacturer:string serialNumber:identifier"},
    {"Analyzable", "",
     "companiesMentioned:name detectedCountry:country detectedLanguage:language "
     "emailMentioned:email ibanMentioned:iban ipMentioned:ip locationMentioned:address "
     "namesMentioned:name peopleMentioned:name phoneMentioned:phone"},
    {"Article", "Document", ""},
    {"Assessment", "Thing", "assessmentId:string author:entity publishDate:date"},
    {"Asset", "Thing Value", ""},
    {"Associate", "Interval", "associate:entity person:entity relationship:string"},
    {"Audio", "Document", "duration:number samplingRate:number"},
    {"BankAccount", "Asset",
     "accountNumber:identifier accountType:string balance:number balanceDate:date bank:entity "
     "bankAddress:string bankName:string bic:identifier closingDate:date iban:iban "
     "maxBalance:number maxBalanceDate:date openingDate:date"},
    {"Call", "Interval",
     "caller:entity callerNumber:phone duration:number receiver:entity receiverNumber:phone"},
    {"CallForTenders", "Interval Thing",
     "authority:entity authorityReferenceId:identifier awardNoticeDate:date awardedInLots:string "
     "awardingDate:date callId:identifier certificationCheck:string clarificationDeadline:date "
     "contractNoticeDate:date cpvCode:identifier directive:string euFunding:string "
     "evaluationMechanism:string fallsUnderGPPScope:string involvesOutcome:string lotsNames:string "
     "maximumNumberOfLots:number multipleTenders:string numberOfLots:number nutsCode:identifier "
     "onBehalfOf:entity paymentOptions:string procedure:string procurementType:string "
     "publicationDate:date relationToThreshold:string reverseAuctionsIncluded:string "
     "submissionDeadline:date tedUrl:url tenderers:entity tendersForLots:string title:string"},
    {"Company", "Asset Organization",
     "bikCode:string caemCode:string capital:string cikCode:identifier coatoCode:identifier "
     "fnsCode:identifier fssCode:string ibcRuc:identifier ipoCode:identifier irsCode:identifier "
     "isinCode:identifier jibCode:identifier jurisdiction:country kppCode:identifier "
     "mbsCode:identifier okopfCode:string oksmCode:string okvedCode:string pfrNumber:identifier "
     "registrationNumber:identifier ricCode:identifier ticker:identifier voenCode:identifier"},
    {"Contract", "Asset",
     "authority:entity cancelled:string classification:string contractDate:date criteria:string "
     "language:language method:string noticeId:string numberAwards:string procedure:string "
     "procedureNumber:string project:entity status:string title:string type:string"},
    {"ContractAward", "Interest Value",
     "amended:string callForTenders:entity contract:entity cpvCode:identifier decisionReason:text "
     "documentNumber:string documentType:string lotNumber:string nutsCode:identifier "
     "supplier:entity"},
    {"CourtCase", "Thing",
     "caseNumber:identifier category:string closeDate:date court:string fileDate:date "
     "status:string type:string"},
    {"CourtCaseParty", "Interest", "case:entity party:entity"},
    {"CryptoWallet", "Thing Value",
     "balance:number balanceDate:date creationDate:date currencySymbol:string holder:entity "
     "mangingExchange:string privateKey:string publicKey:identifier"},
    {"Debt", "Interval Value", "creditor:entity debtor:entity"},
    {"Directorship", "Interest", "director:entity organization:entity secretary:string"},
    {"Document", "Analyzable Thing",
     "ancestors:entity author:string authoredAt:date bodyText:text contentHash:checksum "
     "crawler:string date:date encoding:string extension:string fileName:string fileSize:number "
     "generator:string language:language messageId:string mimeType:mimetype parent:entity "
     "processedAt:date processingAgent:string processingError:string processingStatus:string "
     "publishedAt:date title:string translatedLanguage:language translatedText:text"},
    {"Documentation", "Interest", "document:entity entity:entity"},
    {"EconomicActivity", "Interval",
     "bankAccount:entity bankForeign:entity bankRub:entity ccdNumber:identifier ccdValue:string "
     "contract:entity contractHolder:entity customsAmount:string customsProcedure:string "
     "declarant:entity departureCountry:country destinationCountry:country "
     "directionOfTransportation:string dollarExchRate:string goodsDescription:text "
     "invoiceAmount:string originCountry:country receiver:entity sender:entity "
     "tradingCountry:country transport:entity vedCode:identifier vedCodeDescription:string"},
    {"Email", "Folder HyperText PlainText",
     "bcc:string cc:string emitters:entity from:string headers:json inReplyTo:string "
     "inReplyToEmail:entity recipients:entity sender:string subject:string threadTopic:string "
     "to:string"},
    {"Employment", "Interest", "employee:entity employer:entity"},
    {"Event", "Analyzable Interval Thing",
     "country:country important:string involved:entity location:address organizer:entity"},
    {"Family", "Interval", "person:entity relationship:string relative:entity"},
    {"Folder", "Document", ""},
    {"HyperText", "Document", "bodyHtml:html"},
    {"Identification", "Interval",
     "authority:string country:country holder:entity number:identifier type:string"},
    {"Image", "Document", "pictured:entity"},
    {"Interest", "Interval", "role:string status:string"},
    {"Interval", "",
     "alephUrl:url date:date description:text endDate:date indexText:text modifiedAt:date "
     "namesMentioned:name publisher:string publisherUrl:url recordId:string retrievedAt:date "
     "sourceUrl:url startDate:date summary:text"},
    {"LegalEntity", "Thing",
     "bvdId:identifier classification:string dissolutionDate:date dunsCode:identifier email:email "
     "icijId:string idNumber:identifier incorporationDate:date innCode:identifier "
     "jurisdiction:country legalForm:string leiCode:identifier licenseNumber:identifier "
     "mainCountry:country npiCode:identifier ogrnCode:identifier okpoCode:identifier "
     "opencorporatesUrl:url parent:entity phone:phone registrationNumber:identifier sector:string "
     "status:string swiftBic:identifier taxNumber:identifier taxStatus:string "
     "uniqueEntityId:identifier vatCode:identifier website:url"},
    {"License", "Contract", "area:string commodities:string reviewDate:string"},
    {"Membership", "Interest", "member:entity organization:entity"},
    {"Mention", "",
     "contextCountry:country contextEmail:email contextPhone:phone detectedSchema:string "
     "document:entity name:name resolved:entity"},
    {"Message", "Folder HyperText Interval PlainText",
     "inReplyTo:string inReplyToMessage:entity metadata:json recipientAccount:entity "
     "recipients:entity sender:entity senderAccount:entity subject:string threadTopic:string"},
    {"Note", "Analyzable Thing", "entity:entity"},
    {"Occupancy", "Interval", "declarationDate:date holder:entity post:entity status:string"},
    {"Organization", "LegalEntity",
     "cageCode:identifier giiNumber:identifier imoNumber:identifier permId:identifier"},
    {"Ownership", "Interest",
     "asset:entity legalBasis:string owner:entity ownershipType:string percentage:string "
     "sharesCount:string sharesCurrency:string sharesType:string sharesValue:string"},
    {"Package", "Folder", ""},
    {"Page", "",
     "bodyText:text detectedLanguage:language document:entity index:number indexText:text "
     "translatedText:text translatedTextLanguage:string"},
    {"Pages", "Document", "pdfHash:checksum"},
    {"Passport", "Identification",
     "birthDate:date birthPlace:string gender:gender givenName:string passportNumber:identifier "
     "personalNumber:identifier surname:string"},
    {"Payment", "Interval Value",
     "beneficiary:entity beneficiaryAccount:entity contract:entity payer:entity "
     "payerAccount:entity programme:string project:entity purpose:text sequenceNumber:string "
     "transactionNumber:string"},
    {"Person", "LegalEntity",
     "appearance:string birthCountry:country birthDate:date birthPlace:string citizenship:country "
     "deathDate:date education:string ethnicity:string eyeColor:string fatherName:string "
     "firstName:string gender:gender hairColor:string height:number lastName:string "
     "middleName:string motherName:string nameSuffix:string nationality:country "
     "passportNumber:identifier political:string position:string religion:string secondName:string "
     "socialSecurityNumber:identifier spokenLanguage:language title:string weight:number"},
    {"PlainText", "Document", ""},
    {"Position", "Thing",
     "dissolutionDate:date inceptionDate:date numberOfSeats:number organization:entity "
     "subnationalArea:string"},
    {"Post", "Interest", "holder:entity organization:string wikidataId:identifier"},
    {"Project", "Interval Thing Value",
     "goal:string phase:string projectId:identifier status:string"},
    {"ProjectParticipant", "Interest", "participant:entity project:entity"},
    {"PublicBody", "Organization", ""},
    {"RealEstate", "Asset",
     "area:number cadastralCode:identifier censusBlock:string createDate:date encumbrance:string "
     "landType:string latitude:number longitude:number parent:entity propertyType:string "
     "registrationNumber:identifier tenure:string titleNumber:identifier"},
    {"Representation", "Interest", "agent:entity client:entity"},
    {"Sanction", "Interval",
     "authority:string authorityId:identifier country:country duration:string entity:entity "
     "listingDate:date program:string programId:identifier programUrl:url provisions:string "
     "reason:text status:string unscId:identifier"},
    {"Security", "Asset",
     "classification:string collateral:string figiCode:identifier isin:identifier issueDate:date "
     "issuer:entity maturityDate:date registrationNumber:identifier ticker:identifier type:string"},
    {"Similar", "",
     "candidate:entity confidenceScore:number criteria:string match:entity matcher:string"},
    {"Succession", "Interest", "predecessor:entity successor:entity"},
    {"Table", "Document", "columns:json csvHash:checksum rowCount:number"},
    {"TaxRoll", "Interval",
     "birthDate:date country:country givenName:string income:string surname:string taxPaid:string "
     "taxee:entity wealth:string"},
    {"Thing", "",
     "address:address addressEntity:entity alephUrl:url alias:name country:country createdAt:date "
     "description:text indexText:text keywords:string modifiedAt:date name:name notes:text "
     "previousName:name program:string programId:identifier proof:entity publisher:string "
     "publisherUrl:url retrievedAt:date sourceUrl:url summary:text topics:topic weakAlias:name "
     "wikidataId:identifier wikipediaUrl:url"},
    {"Trip", "Event", "endLocation:entity startLocation:entity vehicle:entity"},
    {"UnknownLink", "Interest", "object:entity subject:entity"},
    {"UserAccount", "Thing",
     "email:email ipAddress:ip number:phone owner:entity password:string service:string "
     "username:string"},
    {"Value", "", "amount:number amountEur:number amountUsd:number currency:string"},
    {"Vehicle", "Asset",
     "buildDate:date deregistrationDate:date model:string operator:entity owner:entity "
     "registrationDate:date registrationNumber:identifier type:string"},
    {"Vessel", "Vehicle",
     "callSign:identifier crsNumber:identifier flag:country grossRegisteredTonnage:number "
     "imoNumber:identifier mmsi:identifier nameChangeDate:date navigationArea:string "
     "pastFlags:country pastTypes:string registrationPort:string tonnage:number"},
    {"Video", "Document", "duration:number"},
    {"Workbook", "Folder", ""},
};

std::vector<std::string_view> SplitWords(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    words.push_back(text.substr(0, space));
    text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
  }
  return words;
}

}  // namespace

const FtmModel& FtmModel::Get() {
  static const FtmModel* const kModel = new FtmModel();
  return *kModel;
}

FtmModel::FtmModel() {
  for (const SchemaEntry& entry : kSchemata) {
    Schema& schema = schemata_[entry.name];
    schema.parents = SplitWords(entry.parents);
    for (const std::string_view property : SplitWords(entry.properties)) {
      const size_t colon = property.find(':');
      schema.types[property.substr(0, colon)] = property.substr(colon + 1);
    }
  }
}

const std::vector<std::string_view>* FtmModel::ParentsOf(std::string_view schema) const {
  const auto found = schemata_.find(schema);
  return found == schemata_.end() ? nullptr : &found->second.parents;
}

std::string_view FtmModel::TypeOf(std::string_view schema, std::string_view property) const {
  const auto found = schemata_.find(schema);
  if (found == schemata_.end()) return {};
  const auto own = found->second.types.find(property);
  if (own != found->second.types.end()) return own->second;
  for (const std::string_view parent : found->second.parents) {
    const std::string_view type = TypeOf(parent, property);
    if (!type.empty()) return type;
  }
  return {};
}

}  // namespace sightline::server
