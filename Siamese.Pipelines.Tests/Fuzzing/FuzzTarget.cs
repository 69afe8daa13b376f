namespace Siamese.Pipelines.Tests.Fuzzing;

/// <summary>A reader of files that anybody may have made, with files for it to begin with.</summary>
internal abstract class FuzzTarget
{
    private byte[][]? _seeds;

    /// <summary>Gets the name by which a finding is run again.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the number of inputs that each test run tries.</summary>
    public abstract int UsualCount { get; }

    /// <summary>Gets sound files, made by code: the same in each process.</summary>
    public byte[][] Seeds => _seeds ??= [.. MakeSeeds()];

    /// <summary>Makes an input: the same bytes for the same number, in each process.</summary>
    public virtual byte[] Input(int number)
    {
        var random = new Random(number);
        byte[] input = ByteMutator.Mutate(Seeds[random.Next(Seeds.Length)], Seeds, random);
        return random.Next(2) == 0 ? Repair(input) : input;
    }

    /// <summary>Reads an input as an application does, and uses what it gives.</summary>
    /// <param name="input">The bytes of the file.</param>
    /// <param name="folder">A folder for files; whatever lies in it may be replaced.</param>
    public abstract void Read(byte[] input, string folder);

    /// <summary>Returns whether the documentation names an exception for damaged files.</summary>
    public virtual bool IsDocumented(Exception exception) => exception is InvalidDataException;

    /// <summary>Makes checksums hold again, so that what lies behind them is reached.</summary>
    protected virtual byte[] Repair(byte[] input) => input;

    protected abstract IEnumerable<byte[]> MakeSeeds();
}
