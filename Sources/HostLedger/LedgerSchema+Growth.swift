/// Indexes for what the books look up at every record, so that none of it costs more as they grow. Those over what is settled
/// are partial.
extension LedgerSchema {
    static let growthIndexes = """
        -- with the image: without it, two columns of record_decided fit as well, and all of a terminal's records are read
        DROP INDEX record_place;
        CREATE INDEX record_place ON record (terminal, image, sequence);
        CREATE INDEX charge_alias_charge ON charge_alias (charge);
        CREATE INDEX support_case_payment ON support_case (payment) WHERE payment IS NOT NULL AND outcome IS NULL;
        CREATE INDEX alarm_record ON alarm (record) WHERE record IS NOT NULL;
        """
}
