namespace Siamese.Pipelines.Retrieval;

/// <summary>A row that is near a query.</summary>
internal readonly record struct NearRow(float Distance, int Row, GalleryEntry Entry) : IComparable<NearRow>
{
    public int CompareTo(NearRow other)
    {
        int order = Distance.CompareTo(other.Distance);
        return order != 0 ? order : Row.CompareTo(other.Row);
    }
}
