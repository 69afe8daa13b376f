using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Siamese.Pipelines.Retrieval;

/// <summary>The classes of a key as numbers that a graph gives, and the stock parts that make a key of such a number again.</summary>
/// <remarks>
/// A graph's outputs are vectors, and ML.NET's one public part that makes an integer of a vector without rounding is a hash of all its
/// components. So each class has a number whose hash is that of no other class, and a table maps the hashes to the keys: as many rows
/// as there are classes. NaN has the missing hash, which the table maps to the missing key.
/// </remarks>
internal sealed class ClassCodes
{
    /// <summary>The most classes: the codes, some more than the classes, are whole numbers that float32 holds.</summary>
    public const int MostClasses = 1 << 22;

    private const int HashBits = 31;

    private readonly MLContext _ml;
    private readonly DataViewSchema.Column _label;
    private readonly uint[] _hashes;

    private ClassCodes(MLContext ml, DataViewSchema.Column label, float[] codes, uint[] hashes)
    {
        _ml = ml;
        _label = label;
        Codes = codes;
        _hashes = hashes;
    }

    /// <summary>Gets the code of each class.</summary>
    public float[] Codes { get; }

    /// <summary>Numbers the classes of a column.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="label">A key of <see cref="uint"/>.</param>
    /// <exception cref="ArgumentException">The key has too many values.</exception>
    public static ClassCodes Create(MLContext ml, DataViewSchema.Column label)
    {
        ulong count = ((KeyDataViewType)label.Type).Count;
        if (count > MostClasses)
        {
            throw new ArgumentException(
                $"The key of column '{label.Name}' has {count} values, but at most {MostClasses} classes are told apart. "
                + "Map the labels that occur with ml.Transforms.Conversion.MapValueToKey.",
                nameof(label));
        }

        var schema = SchemaDefinition.Create(typeof(Number));
        schema[nameof(Number.Value)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, 1);
        IDataView numbers = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 1 << 24).Select(number => new Number { Value = [number] }), schema);
        IEnumerable<uint> hashes = Hash(ml, nameof(Number), nameof(Number.Value)).Fit(numbers).Transform(numbers).GetColumn<uint>(nameof(Number));
        var taken = new HashSet<uint>((int)count);
        var codes = new float[count];
        var kept = new uint[count];
        int next = 0;
        foreach (uint hash in hashes)
        {
            if (taken.Count == codes.Length)
            {
                break;
            }

            if (hash > 0 && taken.Add(hash))
            {
                codes[taken.Count - 1] = next;
                kept[taken.Count - 1] = hash;
            }

            next++;
        }

        return new ClassCodes(ml, label, codes, kept);
    }

    /// <summary>Makes what turns a column of codes, vectors of one, into one of keys.</summary>
    /// <param name="outputColumn">The column of keys to add.</param>
    /// <param name="codeColumn">The column of codes.</param>
    /// <param name="hashColumn">A column that is added on the way.</param>
    public IEstimator<ITransformer> Reader(string outputColumn, string codeColumn, string hashColumn)
    {
        // Rows in memory count keys from 0, and ML.NET adds the 1.
        var schema = SchemaDefinition.Create(typeof(Entry));
        schema[nameof(Entry.Hash)].ColumnType = new KeyDataViewType(typeof(uint), 1UL << HashBits);
        schema[nameof(Entry.Key)].ColumnType = _label.Type;
        var table = new AnnotatedRows(
            _ml.Data.LoadFromEnumerable(_hashes.Select((hash, index) => new Entry { Hash = hash - 1, Key = (uint)index }), schema),
            nameof(Entry.Key),
            _label.Annotations);
        return Hash(_ml, hashColumn, codeColumn)
            .Append(_ml.Transforms.Conversion.MapValue(outputColumn, table, table.Schema[nameof(Entry.Hash)], table.Schema[nameof(Entry.Key)], hashColumn));
    }

    /// <summary>Makes what turns a column of keys into one of their numbers, from 1; the missing key is 0.</summary>
    public static ValueMappingEstimator Numbers(MLContext ml, string outputColumn, DataViewSchema.Column label)
    {
        var schema = SchemaDefinition.Create(typeof(KeyNumber));
        schema[nameof(KeyNumber.Key)].ColumnType = label.Type;
        int count = (int)((KeyDataViewType)label.Type).Count;
        IDataView table = ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(index => new KeyNumber { Key = (uint)index, Number = index + 1 }), schema);
        return ml.Transforms.Conversion.MapValue(
            outputColumn, table, table.Schema[nameof(KeyNumber.Key)], table.Schema[nameof(KeyNumber.Number)], label.Name);
    }

    private static HashingEstimator Hash(MLContext ml, string outputColumn, string inputColumn) =>
        ml.Transforms.Conversion.Hash(new HashingEstimator.ColumnOptions(outputColumn, inputColumn, HashBits, combine: true));

    private sealed class Number
    {
        public float[] Value { get; set; } = [];
    }

    private sealed class KeyNumber
    {
        public uint Key { get; set; }

        public float Number { get; set; }
    }

    private sealed class Entry
    {
        public uint Hash { get; set; }

        public uint Key { get; set; }
    }
}
