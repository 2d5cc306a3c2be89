extension ISOCodes {
    /// ISO 3166-1: numeric code, two letters, name.
    static let countries = """
        004 AF Afghanistan
        008 AL Albania
        010 AQ Antarctica
        012 DZ Algeria
        016 AS American Samoa
        020 AD Andorra
        024 AO Angola
        028 AG Antigua and Barbuda
        031 AZ Azerbaijan
        032 AR Argentina
        036 AU Australia
        040 AT Austria
        044 BS Bahamas
        048 BH Bahrain
        050 BD Bangladesh
        051 AM Armenia
        052 BB Barbados
        056 BE Belgium
        060 BM Bermuda
        064 BT Bhutan
        068 BO Bolivia
        070 BA Bosnia and Herzegovina
        072 BW Botswana
        074 BV Bouvet Island
        076 BR Brazil
        084 BZ Belize
        086 IO British Indian Ocean Territory
        090 SB Solomon Islands
        092 VG Virgin Islands, British
        096 BN Brunei Darussalam
        100 BG Bulgaria
        104 MM Myanmar
        108 BI Burundi
        112 BY Belarus
        116 KH Cambodia
        120 CM Cameroon
        124 CA Canada
        132 CV Cabo Verde
        136 KY Cayman Islands
        140 CF Central African Republic
        144 LK Sri Lanka
        148 TD Chad
        152 CL Chile
        156 CN China
        158 TW Taiwan
        162 CX Christmas Island
        166 CC Cocos (Keeling) Islands
        170 CO Colombia
        174 KM Comoros
        175 YT Mayotte
        178 CG Congo
        180 CD Congo, The Democratic Republic of the
        184 CK Cook Islands
        188 CR Costa Rica
        191 HR Croatia
        192 CU Cuba
        196 CY Cyprus
        203 CZ Czechia
        204 BJ Benin
        208 DK Denmark
        212 DM Dominica
        214 DO Dominican Republic
        218 EC Ecuador
        222 SV El Salvador
        226 GQ Equatorial Guinea
        231 ET Ethiopia
        232 ER Eritrea
        233 EE Estonia
        234 FO Faroe Islands
        238 FK Falkland Islands (Malvinas)
        239 GS South Georgia and the South Sandwich Islands
        242 FJ Fiji
        246 FI Finland
        248 AX Åland Islands
        250 FR France
        254 GF French Guiana
        258 PF French Polynesia
        260 TF French Southern Territories
        262 DJ Djibouti
        266 GA Gabon
        268 GE Georgia
        270 GM Gambia
        275 PS Palestine, State of
        276 DE Germany
        288 GH Ghana
        292 GI Gibraltar
        296 KI Kiribati
        300 GR Greece
        304 GL Greenland
        308 GD Grenada
        312 GP Guadeloupe
        316 GU Guam
        320 GT Guatemala
        324 GN Guinea
        328 GY Guyana
        332 HT Haiti
        334 HM Heard Island and McDonald Islands
        336 VA Holy See (Vatican City State)
        340 HN Honduras
        344 HK Hong Kong
        348 HU Hungary
        352 IS Iceland
        356 IN India
        360 ID Indonesia
        364 IR Iran
        368 IQ Iraq
        372 IE Ireland
        376 IL Israel
        380 IT Italy
        384 CI Côte d'Ivoire
        388 JM Jamaica
        392 JP Japan
        398 KZ Kazakhstan
        400 JO Jordan
        404 KE Kenya
        408 KP North Korea
        410 KR South Korea
        414 KW Kuwait
        417 KG Kyrgyzstan
        418 LA Laos
        422 LB Lebanon
        426 LS Lesotho
        428 LV Latvia
        430 LR Liberia
        434 LY Libya
        438 LI Liechtenstein
        440 LT Lithuania
        442 LU Luxembourg
        446 MO Macao
        450 MG Madagascar
        454 MW Malawi
        458 MY Malaysia
        462 MV Maldives
        466 ML Mali
        470 MT Malta
        474 MQ Martinique
        478 MR Mauritania
        480 MU Mauritius
        484 MX Mexico
        492 MC Monaco
        496 MN Mongolia
        498 MD Moldova
        499 ME Montenegro
        500 MS Montserrat
        504 MA Morocco
        508 MZ Mozambique
        512 OM Oman
        516 NA Namibia
        520 NR Nauru
        524 NP Nepal
        528 NL Netherlands
        531 CW Curaçao
        533 AW Aruba
        534 SX Sint Maarten (Dutch part)
        535 BQ Bonaire, Sint Eustatius and Saba
        540 NC New Caledonia
        548 VU Vanuatu
        554 NZ New Zealand
        558 NI Nicaragua
        562 NE Niger
        566 NG Nigeria
        570 NU Niue
        574 NF Norfolk Island
        578 NO Norway
        580 MP Northern Mariana Islands
        581 UM United States Minor Outlying Islands
        583 FM Micronesia, Federated States of
        584 MH Marshall Islands
        585 PW Palau
        586 PK Pakistan
        591 PA Panama
        598 PG Papua New Guinea
        600 PY Paraguay
        604 PE Peru
        608 PH Philippines
        612 PN Pitcairn
        616 PL Poland
        620 PT Portugal
        624 GW Guinea-Bissau
        626 TL Timor-Leste
        630 PR Puerto Rico
        634 QA Qatar
        638 RE Réunion
        642 RO Romania
        643 RU Russian Federation
        646 RW Rwanda
        652 BL Saint Barthélemy
        654 SH Saint Helena, Ascension and Tristan da Cunha
        659 KN Saint Kitts and Nevis
        660 AI Anguilla
        662 LC Saint Lucia
        663 MF Saint Martin (French part)
        666 PM Saint Pierre and Miquelon
        670 VC Saint Vincent and the Grenadines
        674 SM San Marino
        678 ST Sao Tome and Principe
        682 SA Saudi Arabia
        686 SN Senegal
        688 RS Serbia
        690 SC Seychelles
        694 SL Sierra Leone
        702 SG Singapore
        703 SK Slovakia
        704 VN Vietnam
        705 SI Slovenia
        706 SO Somalia
        710 ZA South Africa
        716 ZW Zimbabwe
        724 ES Spain
        728 SS South Sudan
        729 SD Sudan
        732 EH Western Sahara
        740 SR Suriname
        744 SJ Svalbard and Jan Mayen
        748 SZ Eswatini
        752 SE Sweden
        756 CH Switzerland
        760 SY Syria
        762 TJ Tajikistan
        764 TH Thailand
        768 TG Togo
        772 TK Tokelau
        776 TO Tonga
        780 TT Trinidad and Tobago
        784 AE United Arab Emirates
        788 TN Tunisia
        792 TR Türkiye
        795 TM Turkmenistan
        796 TC Turks and Caicos Islands
        798 TV Tuvalu
        800 UG Uganda
        804 UA Ukraine
        807 MK North Macedonia
        818 EG Egypt
        826 GB United Kingdom
        831 GG Guernsey
        832 JE Jersey
        833 IM Isle of Man
        834 TZ Tanzania
        840 US United States
        850 VI Virgin Islands, U.S.
        854 BF Burkina Faso
        858 UY Uruguay
        860 UZ Uzbekistan
        862 VE Venezuela
        876 WF Wallis and Futuna
        882 WS Samoa
        887 YE Yemen
        894 ZM Zambia
        """

    /// ISO 4217: numeric code, letters, decimal places, name.
    static let currencies = """
        008 ALL 2 Lek
        012 DZD 2 Algerian Dinar
        032 ARS 2 Argentine Peso
        036 AUD 2 Australian Dollar
        044 BSD 2 Bahamian Dollar
        048 BHD 3 Bahraini Dinar
        050 BDT 2 Taka
        051 AMD 2 Armenian Dram
        052 BBD 2 Barbados Dollar
        060 BMD 2 Bermudian Dollar
        064 BTN 2 Ngultrum
        068 BOB 2 Boliviano
        072 BWP 2 Pula
        084 BZD 2 Belize Dollar
        090 SBD 2 Solomon Islands Dollar
        096 BND 2 Brunei Dollar
        104 MMK 2 Kyat
        108 BIF 0 Burundi Franc
        116 KHR 2 Riel
        124 CAD 2 Canadian Dollar
        132 CVE 2 Cabo Verde Escudo
        136 KYD 2 Cayman Islands Dollar
        144 LKR 2 Sri Lanka Rupee
        152 CLP 0 Chilean Peso
        156 CNY 2 Yuan Renminbi
        170 COP 2 Colombian Peso
        174 KMF 0 Comorian Franc
        188 CRC 2 Costa Rican Colon
        191 HRK 2 Kuna
        192 CUP 2 Cuban Peso
        203 CZK 2 Czech Koruna
        208 DKK 2 Danish Krone
        214 DOP 2 Dominican Peso
        222 SVC 2 El Salvador Colon
        230 ETB 2 Ethiopian Birr
        232 ERN 2 Nakfa
        238 FKP 2 Falkland Islands Pound
        242 FJD 2 Fiji Dollar
        262 DJF 0 Djibouti Franc
        270 GMD 2 Dalasi
        292 GIP 2 Gibraltar Pound
        320 GTQ 2 Quetzal
        324 GNF 0 Guinean Franc
        328 GYD 2 Guyana Dollar
        332 HTG 2 Gourde
        340 HNL 2 Lempira
        344 HKD 2 Hong Kong Dollar
        348 HUF 2 Forint
        352 ISK 0 Iceland Krona
        356 INR 2 Indian Rupee
        360 IDR 2 Rupiah
        364 IRR 2 Iranian Rial
        368 IQD 3 Iraqi Dinar
        376 ILS 2 New Israeli Sheqel
        388 JMD 2 Jamaican Dollar
        392 JPY 0 Yen
        398 KZT 2 Tenge
        400 JOD 3 Jordanian Dinar
        404 KES 2 Kenyan Shilling
        408 KPW 2 North Korean Won
        410 KRW 0 Won
        414 KWD 3 Kuwaiti Dinar
        417 KGS 2 Som
        418 LAK 2 Lao Kip
        422 LBP 2 Lebanese Pound
        426 LSL 2 Loti
        430 LRD 2 Liberian Dollar
        434 LYD 3 Libyan Dinar
        446 MOP 2 Pataca
        454 MWK 2 Malawi Kwacha
        458 MYR 2 Malaysian Ringgit
        462 MVR 2 Rufiyaa
        480 MUR 2 Mauritius Rupee
        484 MXN 2 Mexican Peso
        496 MNT 2 Tugrik
        498 MDL 2 Moldovan Leu
        504 MAD 2 Moroccan Dirham
        512 OMR 3 Rial Omani
        516 NAD 2 Namibia Dollar
        524 NPR 2 Nepalese Rupee
        532 ANG 2 Netherlands Antillean Guilder
        533 AWG 2 Aruban Florin
        548 VUV 0 Vatu
        554 NZD 2 New Zealand Dollar
        558 NIO 2 Cordoba Oro
        566 NGN 2 Naira
        578 NOK 2 Norwegian Krone
        586 PKR 2 Pakistan Rupee
        590 PAB 2 Balboa
        598 PGK 2 Kina
        600 PYG 0 Guarani
        604 PEN 2 Sol
        608 PHP 2 Philippine Peso
        634 QAR 2 Qatari Rial
        643 RUB 2 Russian Ruble
        646 RWF 0 Rwanda Franc
        654 SHP 2 Saint Helena Pound
        682 SAR 2 Saudi Riyal
        690 SCR 2 Seychelles Rupee
        694 SLL 2 Leone
        702 SGD 2 Singapore Dollar
        704 VND 0 Dong
        706 SOS 2 Somali Shilling
        710 ZAR 2 Rand
        728 SSP 2 South Sudanese Pound
        748 SZL 2 Lilangeni
        752 SEK 2 Swedish Krona
        756 CHF 2 Swiss Franc
        760 SYP 2 Syrian Pound
        764 THB 2 Baht
        776 TOP 2 Pa’anga
        780 TTD 2 Trinidad and Tobago Dollar
        784 AED 2 UAE Dirham
        788 TND 3 Tunisian Dinar
        800 UGX 0 Uganda Shilling
        807 MKD 2 Denar
        818 EGP 2 Egyptian Pound
        826 GBP 2 Pound Sterling
        834 TZS 2 Tanzanian Shilling
        840 USD 2 US Dollar
        858 UYU 2 Peso Uruguayo
        860 UZS 2 Uzbekistan Sum
        882 WST 2 Tala
        886 YER 2 Yemeni Rial
        901 TWD 2 New Taiwan Dollar
        925 SLE 2 Leone
        926 VED 2 Bolívar Soberano
        928 VES 2 Bolívar Soberano
        929 MRU 2 Ouguiya
        930 STN 2 Dobra
        931 CUC 2 Peso Convertible
        932 ZWL 2 Zimbabwe Dollar
        933 BYN 2 Belarusian Ruble
        934 TMT 2 Turkmenistan New Manat
        936 GHS 2 Ghana Cedi
        938 SDG 2 Sudanese Pound
        941 RSD 2 Serbian Dinar
        943 MZN 2 Mozambique Metical
        944 AZN 2 Azerbaijan Manat
        946 RON 2 Romanian Leu
        949 TRY 2 Turkish Lira
        950 XAF 0 CFA Franc BEAC
        951 XCD 2 East Caribbean Dollar
        952 XOF 0 CFA Franc BCEAO
        953 XPF 0 CFP Franc
        967 ZMW 2 Zambian Kwacha
        968 SRD 2 Surinam Dollar
        969 MGA 2 Malagasy Ariary
        971 AFN 2 Afghani
        972 TJS 2 Somoni
        973 AOA 2 Kwanza
        975 BGN 2 Bulgarian Lev
        976 CDF 2 Congolese Franc
        977 BAM 2 Convertible Mark
        978 EUR 2 Euro
        980 UAH 2 Hryvnia
        981 GEL 2 Lari
        985 PLN 2 Zloty
        986 BRL 2 Brazilian Real
        """
}
