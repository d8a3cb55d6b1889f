"""Service roles: what an office does for citizens, named once and carried by units of every government.

Routing speaks of roles ("penerangan"), never of offices, because the office differs by city and by year.
Plain data, no database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ServiceRole:
    """One service role.

    `outside`: usually held by a body that the local government does not command.
    `by_area`: held by many units, the place of the case decides which.
    """

    code: str
    name: str
    name_en: str
    outside: bool = False
    by_area: bool = False


_ALL: Final = (
    # Infrastructure and space
    ServiceRole("bina_marga", "Jalan, jembatan, trotoar", "Roads, bridges, pavements"),
    ServiceRole("sda", "Drainase, sungai, talud", "Drainage, rivers, embankments"),
    ServiceRole("penerangan", "Penerangan jalan umum", "Street lighting"),
    ServiceRole("perumahan", "Perumahan dan permukiman", "Housing and settlements"),
    ServiceRole("tata_ruang", "Tata ruang dan bangunan", "Spatial planning and buildings"),
    ServiceRole("air_bersih", "Air bersih (PDAM)", "Water supply"),
    # Environment
    ServiceRole("kebersihan", "Persampahan dan kebersihan", "Waste and cleaning"),
    ServiceRole("lingkungan", "Pencemaran dan lingkungan hidup", "Pollution and environment"),
    ServiceRole("pertamanan", "Taman dan pohon", "Parks and trees"),
    # Safety and order
    ServiceRole("bpbd", "Penanggulangan bencana", "Disaster management"),
    ServiceRole("damkar", "Pemadam kebakaran dan penyelamatan", "Fire and rescue"),
    ServiceRole("trantib", "Ketertiban umum (Satpol PP)", "Public order"),
    # Transport
    ServiceRole("perhubungan", "Lalu lintas dan angkutan", "Traffic and transport"),
    ServiceRole("parkir", "Parkir", "Parking"),
    # People
    ServiceRole("adminduk", "Administrasi kependudukan", "Civil registration"),
    ServiceRole("kesehatan", "Kesehatan", "Health"),
    ServiceRole("rumah_sakit", "Rumah sakit daerah", "Public hospital"),
    ServiceRole("puskesmas", "Puskesmas", "Community health centre", by_area=True),
    ServiceRole("pendidikan", "Pendidikan dasar", "Primary and lower secondary education"),
    ServiceRole("sosial", "Sosial dan bantuan sosial", "Social affairs and aid"),
    ServiceRole("pppa", "Pelindungan perempuan dan anak", "Protection of women and children"),
    ServiceRole("tenaga_kerja", "Ketenagakerjaan", "Labour"),
    # Economy
    ServiceRole("perdagangan", "Perdagangan dan pasar", "Trade and markets"),
    ServiceRole("koperasi_umkm", "Koperasi dan UMKM", "Cooperatives and small business"),
    ServiceRole("perizinan", "Perizinan dan penanaman modal", "Licences and investment"),
    ServiceRole("pajak", "Pajak dan retribusi daerah", "Local taxes and levies"),
    ServiceRole("pertanian", "Pertanian, pangan, peternakan", "Agriculture, food, livestock"),
    ServiceRole("pariwisata", "Pariwisata", "Tourism"),
    ServiceRole("kebudayaan", "Kebudayaan dan cagar budaya", "Culture and heritage"),
    # Administration
    ServiceRole("kominfo", "Komunikasi dan informatika", "Communication and informatics"),
    ServiceRole("ppid", "Pejabat pengelola informasi (PPID)", "Public information officer"),
    ServiceRole("koordinator", "Koordinator pengaduan", "Complaint coordinator"),
    ServiceRole("pengawasan", "Pengawasan (Inspektorat)", "Inspectorate"),
    ServiceRole("kepegawaian", "Kepegawaian dan disiplin", "Civil service personnel and discipline"),
    ServiceRole("organisasi", "Organisasi dan standar pelayanan", "Organisation and service standards"),
    ServiceRole(
        "tata_pemerintahan", "Tata pemerintahan wilayah dan desa", "Territorial and village administration"
    ),
    ServiceRole("kecamatan", "Kecamatan", "District office", by_area=True),
    ServiceRole("kelurahan", "Kelurahan atau desa", "Village office", by_area=True),
    # Bodies outside the local government
    ServiceRole("kepolisian", "Kepolisian", "Police", outside=True),
    ServiceRole("listrik", "Listrik (PLN)", "Electricity (PLN)", outside=True),
    ServiceRole("pertanahan", "Pertanahan (BPN)", "Land office (BPN)", outside=True),
    ServiceRole(
        "jaminan_kesehatan", "Jaminan kesehatan (BPJS Kesehatan)", "Health insurance (BPJS)", outside=True
    ),
    ServiceRole("jaminan_tenaga_kerja", "BPJS Ketenagakerjaan", "Workers' insurance (BPJS)", outside=True),
    ServiceRole("jalan_provinsi", "Jalan provinsi", "Provincial roads", outside=True),
    ServiceRole("jalan_nasional", "Jalan nasional", "National roads", outside=True),
    ServiceRole("angkutan_provinsi", "Angkutan umum provinsi", "Provincial public transport", outside=True),
    ServiceRole(
        "pendidikan_menengah", "SMA, SMK, SLB (provinsi)", "Upper secondary schools (province)", outside=True
    ),
    ServiceRole("pajak_kendaraan", "Pajak kendaraan (Samsat)", "Vehicle tax (Samsat)", outside=True),
    ServiceRole(
        "pengawas_ketenagakerjaan", "Pengawas ketenagakerjaan (provinsi)", "Labour inspection", outside=True
    ),
    ServiceRole(
        "luar_wewenang", "Instansi lain melalui SP4N-LAPOR!", "Other bodies through SP4N-LAPOR!", outside=True
    ),
)

ROLES: Final[dict[str, ServiceRole]] = {role.code: role for role in _ALL}
