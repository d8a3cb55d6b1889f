"""What the connectors of each platform are made of: speaking, reading, looking again, sending. One connector a platform
stands in connectors/; what is longer than its file, or shared by several of a family, stands here."""
